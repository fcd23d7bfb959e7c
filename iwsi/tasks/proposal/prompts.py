"""The prompt's template: context, question and options, in this order."""

from collections.abc import Sequence

from iwsi.tasks.proposal.leaves import Leaf
from iwsi.tasks.proposal.roles import CONTEXTS, GOLDS, QUESTIONS, RATIONALES, Options, ranked

_PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("text1", "text2"),
)
_LONG = 20  # characters, on average, of a column that may be a question by its length alone


def prompt_of(leaves: Sequence[Leaf], options: Options | None, gold: Leaf) -> str | None:
    """The template; None where nothing looks like a question."""
    used = options.expressions if options else frozenset()
    free = [
        leaf
        for leaf in leaves
        if leaf.expression not in used and not leaf.expression.startswith(gold.expression)
    ]
    if pair := _pair(free):
        return "\n".join(_shown(leaf) for leaf in pair) + "\n" + _ending(options)
    question = next((leaf for leaf in ranked(free, QUESTIONS) if _is_text(leaf)), None)
    if question is None:
        texts = _long_texts(free)
        if not texts:
            return None
        return "\n".join(_shown(leaf) for leaf in texts) + "\n" + _ending(options)
    before = [
        leaf
        for leaf in ranked(free, CONTEXTS)
        if leaf is not question and leaf.holds(str, list) and _is_of_texts(leaf)
    ]
    after = []
    if question.name == "instruction":
        after = [leaf for leaf in ranked(free, ("input",)) if leaf.holds(str)][:1]
    lines = [_line(leaf) for leaf in before[:1]]
    if not options and all(value.rstrip().endswith("Answer:") for value in question.values):
        return _shown(question)  # a finished prompt
    lines.append(f"Question: {_shown(question)}\n")
    lines += [_line(leaf) for leaf in after]
    return "".join(lines) + _ending(options)


def _pair(leaves: Sequence[Leaf]) -> list[Leaf] | None:
    """Two texts that a question is about, such as a premise and its hypothesis."""
    for names in _PAIRS:
        found = [leaf for name in names for leaf in ranked(leaves, (name,)) if _is_text(leaf)]
        if len(found) == len(names):
            return found
    return None


def _ending(options: Options | None) -> str:
    return (options.template if options else "") + "Answer:"


def _line(leaf: Leaf) -> str:
    """A line that is there where the row has the value."""
    if leaf.is_full:
        return _shown(leaf) + "\n"
    of = leaf.expression
    return f"{{% if {of} %}}{_shown(leaf)}\n{{% endif %}}"


def _shown(leaf: Leaf) -> str:
    of = leaf.expression
    return f"{{{{ {of} | join('\\n') }}}}" if leaf.holds(list) else f"{{{{ {of} }}}}"


def _is_text(leaf: Leaf) -> bool:
    return leaf.holds(str) and leaf.is_full


def _is_of_texts(leaf: Leaf) -> bool:
    return all(
        isinstance(value, str) or all(isinstance(inner, str) for inner in value)
        for value in leaf.values
        if value is not None
    )


def _long_texts(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The one or two columns of the longest texts."""
    texts = [
        leaf
        for leaf in leaves
        if leaf.depth == 0
        and _is_text(leaf)
        and leaf.name not in (*GOLDS, *RATIONALES)
        and sum(map(len, leaf.values)) >= _LONG * len(leaf.values)
    ]
    longest = sorted(texts, key=lambda leaf: -sum(map(len, leaf.values)))[:2]
    return [leaf for leaf in texts if leaf in longest]
