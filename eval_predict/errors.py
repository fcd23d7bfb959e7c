"""The error that a user can correct: one line that names field, got, expected and fix."""

import difflib
from collections.abc import Callable, Collection, Iterable
from functools import partial

_PARTS = ("where", "field", "got", "expected", "fix")
_MOST_CHARACTERS = 1000  # of what was found


class UserError(ValueError):
    """An input that the user has to correct; never a bug of this package.

    `str()` is always one line, `where: field: got; expected …. fix`, from the parts that are given.

    Attributes:
        where: the file or option that holds the fault.
        field: the key, column or argument in it.
        got: what was found there.
        expected: what would have been right.
        fix: a sentence that says what to do.
    """

    def __init__(
        self,
        *,
        got: object,
        where: object = None,
        field: str | None = None,
        expected: object = None,
        fix: str | None = None,
    ) -> None:
        """Keep the parts as given; only `got` is required."""
        self.where = where
        self.field = field
        self.got = got
        self.expected = expected
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        """The parts in one line."""
        parts = self._parts()
        line = ": ".join(parts[name] for name in ("where", "field", "got") if name in parts)
        if "expected" in parts:
            line += f"; expected {parts['expected']}"
        if "fix" in parts:
            line += f". {parts['fix']}"
        return line

    def to_dict(self) -> dict[str, str]:
        """The whole line under `error` and each given part as one line of text, for `--json`."""
        return {"error": str(self), **self._parts()}

    def __reduce__(self) -> tuple[Callable[[], "UserError"], tuple[()]]:
        """Pickle by keyword: errors cross process borders, and exceptions replay positions only."""
        given = {name: getattr(self, name) for name in _PARTS}
        return partial(type(self), **given), ()

    def _parts(self) -> dict[str, str]:
        given = {name: getattr(self, name) for name in _PARTS}
        flat = {
            name: " ".join(str(part).split()) for name, part in given.items() if part is not None
        }
        if len(flat["got"]) > _MOST_CHARACTERS:  # a value of a user's may be a whole file
            end = f"… ({len(flat['got']):,} characters)"
            flat["got"] = flat["got"][: _MOST_CHARACTERS // 2] + end
        return {name: text for name, text in flat.items() if text}


# What only sampling, scoring, training and embedding need; `pip install iwsi` leaves it out.
TRAIN_PACKAGES = frozenset(
    {"torch", "transformers", "trl", "peft", "accelerate", "datasets", "gguf"}
)


def missing_package(error: Exception) -> UserError | None:
    """A package of the extra `train` that is not installed; None for any other error."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in TRAIN_PACKAGES:
        return None
    return UserError(
        got=f"{name}, which is not installed",
        expected="the packages that load and train models",
        fix="Install them: pip install 'iwsi[train]', or 'iwsi[vllm]' on a machine with a GPU.",
    )


def unknown_name(field: str, name: str, names: Collection[str]) -> UserError:
    """The error of a name that is none of a few known ones, with the nearest of them."""
    guess = nearest(name, names)
    return UserError(
        field=field,
        got=f'"{name}"',
        expected=f"one of {', '.join(names)}",
        fix=f'Did you mean "{guess}"?' if guess else None,
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever its case, or None if none is close."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None
