"""Which template reads the gold answers, and which kind of answer they all are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from eval_predict.errors import UserError
from iwsi.recipe.answer import AnswerSpec, LabelAnswer, TextAnswer
from iwsi.tasks.answers import reader_of
from iwsi.tasks.answers.gold_columns import doubts
from iwsi.tasks.answers.golds import why_refused
from iwsi.tasks.proposal.leaves import Leaf
from iwsi.tasks.proposal.roles import GOLDS, LETTERS, RATIONALES, Options, ranked
from iwsi.tasks.rows import Row
from iwsi.tasks.templates import render

_CLASSES = ("label", "labels", "goldlabel")  # numbers in them are classes, not quantities
_MOST_LABELS = 20
_LIKE_MATH = re.compile(r"[\\$^=<>]|\d[a-z]|\(.*,.*\)")
_LONGEST_LABEL = 40
_LABEL_ROWS = 3  # rows for each label, at least, where labels are a closed list

# The place of the option whose score is 1, of an object of options and scores.
_BEST_SCORE = (
    "{{% for option, score in {0}.items() %}}"
    "{{% if score == 1 %}}{{{{ '{1}'[loop.index0] }}}}{{% endif %}}{{% endfor %}}"
)


class Gold(NamedTuple):
    """A template of gold answers and what their kind is."""

    template: str
    leaf: Leaf
    kind: AnswerSpec
    texts: list[str]


class Unread(NamedTuple):
    """The first row whose gold the likeliest template and kind do not read."""

    template: str
    kind: str
    number: int
    text: str
    hint: str | None = None  # what to do about it, where that is plain


def find_gold(
    leaves: Sequence[Leaf],
    rows: Sequence[Row],
    options: Options | None,
    kind: AnswerSpec | None,
) -> Gold | Unread | None:
    """The first template by the names of columns whose golds all read as one kind.

    Args:
        leaves: What the rows hold.
        rows: The rows.
        options: The questions' options, if there are any.
        kind: The kind that the user names; None: the first that fits.
    """
    unread: Unread | None = None
    for leaf in _candidates(leaves):
        for template in _templates(leaf, options):
            try:
                texts = render(template, rows, field="--gold", where="")
            except UserError:
                continue
            named = leaf.name in _CLASSES and kind is None
            labels = _labels(texts) if named and set(texts) != {"0", "1"} else None
            found = read_kind(texts, kind or labels, lettered=options is not None)
            if labels and (options is not None or not isinstance(found, LabelAnswer)):
                found = read_kind(texts, kind, lettered=options is not None)
            if not isinstance(found, Unread):
                return Gold(template, leaf, found, texts)
            unread = unread or found._replace(template=template)
    return unread


def read_kind(
    texts: Sequence[str], kind: AnswerSpec | None, *, lettered: bool = False
) -> AnswerSpec | Unread:
    """The narrowest kind that reads every gold; Unread where none does."""
    kinds = [kind] if kind is not None else list(_kinds(texts, lettered))
    first: Unread | None = None
    for spec in kinds:
        reader = reader_of(spec)
        golds = reader.golds(texts)
        number = golds.index(None) + 1 if None in golds else None
        if number is None:
            return spec
        if first is None or number > first.number:
            text = texts[number - 1]
            hint = doubts(texts, reader.name).get(number - 1) or why_refused(text, reader.name)
            first = Unread("", reader.name, number, text, hint)
    if first is None:
        raise ValueError("no kind to try")
    return first


def _kinds(texts: Sequence[str], lettered: bool) -> Iterator[AnswerSpec]:
    yield "choice"
    if not lettered:
        if len(set(texts)) > 1 and {text.strip() for text in texts} != {"0", "1"}:
            yield "number"
        yield "yes_no"
        yield "number"
    if labels := _labels(texts):
        yield labels
    if any(_LIKE_MATH.search(text) for text in texts):
        yield "math"
    yield "text"
    yield TextAnswer(several=True)


def _labels(texts: Sequence[str]) -> LabelAnswer | None:
    """A closed list, where golds are few short texts, each of which stands in several rows."""
    labels = sorted({text.rpartition("####")[2].strip() for text in texts})
    few = 2 <= len(labels) <= _MOST_LABELS and len(labels) * _LABEL_ROWS <= len(texts)
    short = all(0 < len(label) <= _LONGEST_LABEL for label in labels)
    distinct = len({label.casefold() for label in labels}) == len(labels)
    return LabelAnswer(of=tuple(labels)) if few and short and distinct else None


def blank_gold(leaves: Sequence[Leaf]) -> tuple[str, int] | None:
    """A column with a gold's name that has a few blank rows, and the first of those rows."""
    for leaf in ranked(leaves, GOLDS):
        blank = [n for n, value in enumerate(leaf.values, 1) if not str(value or "").strip()]
        blank = [n for n in blank if leaf.values[n - 1] not in (0, False)]
        if leaf.depth == 0 and 0 < len(blank) * 4 < len(leaf.values):
            return leaf.expression, blank[0]
    return None


def spoken(gold: Gold) -> str:
    """The template of a gold as a sentence holds it: one text of a list, yes or no for 1 or 0."""
    of = gold.leaf.expression
    if gold.template != f"{{{{ {of} }}}}":
        one = gold.template.replace(".spans }}", ".spans[0] }}").replace(
            "map(attribute='text') | list", "map(attribute='text') | first"
        )
        return one.replace(".text }}", ".text[0] }}") if gold.leaf.holds(dict) else one
    if gold.kind == "yes_no" and {text.strip() for text in gold.texts} <= {"0", "1"}:
        return f"{{{{ 'yes' if {of} | string == '1' else 'no' }}}}"
    if gold.leaf.holds(list):
        return f"{{{{ {of}[0] }}}}"
    if any(isinstance(value, list) for value in gold.leaf.values):
        return f"{{{{ {of}[0] if {of} is sequence and {of} is not string else {of} }}}}"
    return gold.template


def _candidates(leaves: Sequence[Leaf]) -> Iterator[Leaf]:
    """Columns by their names; a worked solution where there is no other."""
    scores = [leaf for leaf in leaves if leaf.name == "targetscores"]
    named = [leaf for leaf in ranked(leaves, GOLDS) if leaf.is_full]
    # An inner value of that name belongs to something else, unless its column is a gold, too.
    yield from scores
    yield from (leaf for leaf in named if leaf.depth == 0 or leaf.name != "value")
    yield from (leaf for leaf in named if leaf.depth and leaf.name == "value")
    yield from (leaf for leaf in ranked(leaves, RATIONALES) if leaf.is_full)


def _templates(leaf: Leaf, options: Options | None) -> Iterator[str]:
    of = leaf.expression
    if leaf.name == "targetscores" and leaf.holds(dict):
        yield _BEST_SCORE.format(of, LETTERS)
        return
    if leaf.holds(dict):
        keys = {key for value in leaf.values for key in value}
        if {"number", "spans"} <= keys:  # as DROP has it
            yield f"{{{{ {of}.number or {of}.spans }}}}"
        for key in ("text", "spans"):  # lists of accepted answers, as the hub has SQuAD and DROP
            if all(isinstance(value.get(key), list) for value in leaf.values):
                yield f"{{{{ {of}.{key} }}}}"
        return
    if leaf.holds(list) and all(
        len(value) == 1 and isinstance(value[0], int | float) for value in leaf.values
    ):
        yield f"{{{{ {of}[0] }}}}"
        return
    if leaf.holds(list) and any(isinstance(o, dict) for value in leaf.values for o in value or ()):
        if _are_objects_with(leaf, "text"):
            yield f"{{{{ {of} | map(attribute='text') | list }}}}"
        for key in ("content", "value"):  # a conversation's last turn
            if _are_objects_with(leaf, key) and all(leaf.values):
                yield f"{{{{ {of}[-1].{key} }}}}"
        return
    if options is not None and options.counts is not None:
        yield from _places(leaf, options)
    yield f"{{{{ {of} }}}}"


def _places(leaf: Leaf, options: Options) -> Iterator[str]:
    """The letter of an option that is given by its place or by its text."""
    of, counts = leaf.expression, options.counts or ()
    places = [_integer(value) for value in leaf.values]
    whole = [place for place in places if place is not None]
    as_number = of if leaf.holds(int) else f"({of} | int)"
    if len(whole) == len(places):
        if all(0 <= place < most for place, most in zip(whole, counts, strict=True)):
            yield f"{{{{ '{LETTERS}'[{as_number}] }}}}"
        elif all(0 < place <= most for place, most in zip(whole, counts, strict=True)):
            yield f"{{{{ '{LETTERS}'[{as_number} - 1] }}}}"
    elif options.indexed and leaf.holds(str):
        yield f"{{{{ '{LETTERS}'[{options.indexed}.index({of})] }}}}"


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(str(value))
    except ValueError:
        return None


def _are_objects_with(leaf: Leaf, key: str) -> bool:
    return all(isinstance(o, dict) and key in o for value in leaf.values for o in value or ())
