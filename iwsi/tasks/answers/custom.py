"""A reader of the user's own: a function that the recipe names, imported only then."""

import importlib
import logging
from collections.abc import Callable

from eval_predict.errors import UserError
from iwsi.recipe.answer import CustomAnswer

_log = logging.getLogger(__name__)


class Custom:
    """The functions that `task.answer` names."""

    def __init__(self, spec: CustomAnswer) -> None:
        self._read = _function(spec.read)
        self._gold = self._read if spec.gold is None else _function(spec.gold)
        self._spec = spec

    def extract(self, text: str) -> str | None:
        """The answer that the function reads from a text.

        Raises:
            UserError: it raised, or gave something else than a text or None.
        """
        return _called(self._read, text, self._spec.read)

    def gold(self, text: str) -> str | None:
        """The answer that the function for gold reads.

        Raises:
            UserError: as `extract`.
        """
        return _called(self._gold, text, self._spec.gold or self._spec.read)


def _function(name: str) -> Callable[[str], object]:
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever the user's module raises
        raise UserError(
            field="task.answer",
            got=f"{name!r}, and importing {module_name} raised {type(error).__name__}: {error}",
            expected="a module that Python can import",
            fix="Install the package, or add its folder to PYTHONPATH.",
        ) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise UserError(
            field="task.answer",
            got=f"{name!r}, but {module_name} has no function {function_name}",
            expected="a function from a text to its answer or None",
        )
    _log.warning("task.answer: %s of %s reads the answers", function_name, module.__file__)
    result: Callable[[str], object] = function
    return result


def _called(function: Callable[[str], object], text: str, name: str) -> str | None:
    try:
        answer = function(text)
    except Exception as error:  # whatever the user's function raises
        raise UserError(
            field="task.answer",
            got=f"{name} raised {type(error).__name__}: {error}, for the text {text[-60:]!r}",
            expected="a text or None for every text",
        ) from error
    if answer is not None and not isinstance(answer, str):
        raise UserError(
            field="task.answer",
            got=f"{name} gave {type(answer).__name__}, for the text {text[-60:]!r}",
            expected="a text or None",
        )
    return answer
