"""Which column is the question, the options, the gold answer and the rationale."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iwsi.tasks.proposal.leaves import Leaf

# Names as `plain` makes them, the most telling first.
QUESTIONS = (
    "question", "questionstem", "questiontext", "problem", "instruction", "query", "goal",
    "prompt", "input", "stem", "startphrase", "ctx", "conclusion", "hypothesis", "statement",
    "sentence", "claim", "squestion", "frage", "pregunta", "domanda", "text", "context", "source",
)  # fmt: skip
CONTEXTS = (
    "passage", "context", "premises", "premise", "paragraph", "article", "facts", "background",
    "story", "document", "support", "body",
)  # fmt: skip
GOLDS = (
    "answeridx", "answerkey", "answerindex", "correctanswer", "correctoption", "correctchoice",
    "finalanswer", "goldanswer", "goldlabel", "groundtruth", "expectedanswer",
    "answermatchingbehavior",
    "target", "correct", "label", "gold", "answer", "answers", "targets", "reference", "quality",
    "bestanswer", "cop", "finaldecision", "lsolutions",
    "antwort", "lösung", "ergebnis", "réponse", "respuesta", "risposta",
    "output", "completion", "response", "chosen", "value",
)  # fmt: skip
RATIONALES = (
    "rationale", "solution", "explanation", "reasoning", "analysis", "cot", "chainofthought",
    "derivation", "proof", "exp", "completion", "workings", "steps",
)  # fmt: skip
OPTIONS = ("options", "choices", "candidates", "endings", "answerchoices", "alternatives")
LETTERS = "ABCDEFGHIJ"

# Columns that differ in a digit alone and are no options, or not all of them.
_NO_OPTIONS = ("sentence", "question", "text", "distractor", "incorrect", "wrong", "hint", "column")

_PLACE = re.compile(r"(.*?)([A-Ja-j]|[0-9])")
_LETTERED = re.compile(r"\s*\(?[A-Ja-j]\s?[).:]")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a question.

    Attributes:
        template: Jinja that lists them with their letters.
        counts: How many each row has; None where they are one text.
        indexed: An expression of the list of their texts; None where there is none.
        expressions: What they are read from.
    """

    template: str
    counts: tuple[int, ...] | None
    indexed: str | None
    expressions: frozenset[str]


def ranked(leaves: Sequence[Leaf], names: Sequence[str]) -> Iterator[Leaf]:
    """The leaves that have one of these names, the first name first, the least nested first."""
    for name in names:
        yield from sorted((leaf for leaf in leaves if leaf.name == name), key=lambda f: f.depth)


def options_of(leaves: Sequence[Leaf]) -> Options | None:
    """The options, as a list, an object by letter, one text, or columns of their own."""
    for leaf in ranked(leaves, OPTIONS):
        if leaf.is_full and (found := _options_in(leaf)):
            return found
    for leaf in ranked(leaves, ("answers",)):  # of which another column says the right one
        if leaf.holds(list) and min(map(len, filter(None, leaf.values))) > 1:
            places = next((f for f in ranked(leaves, ("label", "correct")) if f.is_full), None)
            if places is not None and leaf.is_full and (found := _options_in(leaf)):
                return found
    return _option_columns(leaves)


def _options_in(leaf: Leaf) -> Options | None:
    of, used = leaf.expression, frozenset({leaf.expression})
    if leaf.holds(str):
        return Options(f"{{{{ {of} }}}}\n", None, None, used)
    counts = tuple(len(value) for value in leaf.values)
    if leaf.holds(list) and all(isinstance(o, str | int | float) for v in leaf.values for o in v):
        lettered = all(_LETTERED.match(str(o)) for v in leaf.values for o in v)
        mark = "" if lettered else f"({{{{ '{LETTERS}'[loop.index0] }}}}) "
        return Options(
            f"{{% for option in {of} %}}{mark}{{{{ option }}}}\n{{% endfor %}}", counts, of, used
        )
    if leaf.holds(list) and all(
        isinstance(o, dict) and {"label", "text"} <= o.keys() for v in leaf.values for o in v
    ):
        template = "({{ option.label }}) {{ option.text }}"
        return Options(f"{{% for option in {of} %}}{template}\n{{% endfor %}}", counts, None, used)
    if leaf.holds(dict) and all(v.keys() == {"label", "text"} for v in leaf.values):
        template = f"({{{{ {of}.label[loop.index0] }}}}) {{{{ option }}}}"
        return Options(
            f"{{% for option in {of}.text %}}{template}\n{{% endfor %}}", None, f"{of}.text", used
        )
    if leaf.holds(dict) and all(len(key) == 1 for value in leaf.values for key in value):
        template = "({{ letter }}) {{ option }}"
        return Options(
            f"{{% for letter, option in {of}.items() %}}{template}\n{{% endfor %}}",
            counts,
            None,
            used,
        )
    return None


def _option_columns(leaves: Sequence[Leaf]) -> Options | None:
    """Columns whose names differ in one letter or digit, such as A to D or ending0 to ending3."""
    groups: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.depth == 0 and leaf.is_full and (place := _PLACE.fullmatch(leaf.name)):
            groups.setdefault(place[1], []).append(leaf)
    for prefix, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        places = [leaf.name.removeprefix(prefix) for leaf in group]
        runs = (LETTERS.lower(), "0123456789", "123456789")
        if prefix.startswith(_NO_OPTIONS):
            continue
        if len(group) > 1 and any(run.startswith("".join(places)) for run in runs):
            lines = [
                f"({letter}) {{{{ {leaf.expression} }}}}\n"
                for letter, leaf in zip(LETTERS, group, strict=False)
            ]
            used = frozenset(leaf.expression for leaf in group)
            counts = (len(group),) * len(group[0].values)
            return Options("".join(lines), counts, None, used)
    return None
