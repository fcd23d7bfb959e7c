"""Formulas: expressions, sets, intervals, tuples, equations; compared by what they mean."""

import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from iwsi.tasks.answers import number
from iwsi.tasks.answers.cleaning import plain, without_markdown
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.math_worker import Comparer
from iwsi.tasks.answers.sentences import COMMENT, REFUSAL, first_sentence

LONGEST = 300
SECONDS = 3.0
_LONGEST_SENTENCE = 2_000
_DRESS = [
    (re.compile(r"\\(?:left|right|displaystyle|[bB]igg?[lr]?)(?![a-zA-Z])"), ""),
    (re.compile(r"\\[!,;: ]|~|\\q?quad(?![a-zA-Z])"), " "),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(?:leqslant|le)(?![a-zA-Z])"), r"\\leq"),
    (re.compile(r"\\(?:geqslant|ge)(?![a-zA-Z])"), r"\\geq"),
    (
        re.compile(r"\\(?:operatorname|mathrm|text|textbf|textit|mbox|mathbf|rm) ?\{ ?([^{}]*)\}"),
        r" \1 ",
    ),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\frac ?([0-9]) ?([0-9])(?![0-9])"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\frac ?([0-9]) ?\{"), r"\\frac{\1}{"),
    (re.compile(r"\\sqrt ?([0-9a-z])(?![0-9a-z{])"), r"\\sqrt{\1}"),
    (re.compile(r"\^ ?(?:\\circ|\{ ?\\circ ?\})|\\degree(?![a-zA-Z])|\u00b0"), ""),
    (re.compile(r"\$"), " "),
]
_UNIT = re.compile(
    r"(?<=[0-9}) ]) +(?:degrees?|square|cubic|units?|cm|km|mm|meters?|feet|foot|inch(?:es)?|ft"
    r"|dollars?|cents?|hours?|minutes?|seconds?|years?|days?|miles?|kg|pounds?|percent)\b.*$"
)
_VARIABLE = re.compile(r"^(?:[a-zA-Z]|\\[a-z]+)(?:_\{?\w\}?)? ?(?:=|\\in) ?(?=(\S.*)$)")
_LETTER = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])")
_COMMANDS = re.compile(r"\\(?:begin|end)\{[a-z]{1,12}\*?\}|\\[a-zA-Z]+")
_WORD = re.compile(r"[a-zA-Z]?[a-z]{3,}")
_JOINED = re.compile(r"\b(?:or|and)\b|;|\u548c|\u6216|(?<!\\)\\pm")
_CODE = re.compile(r"[a-zA-Z]{2,}\.[a-zA-Z]|\*\*|==")
_ITEMS = re.compile(r"(?:\([0-9]\)){2,}")
_OPEN_END = re.compile(r"(?:[-+*/=<>^_,]|\\(?:cdot|times|leq|geq|neq|frac|sqrt))$")
# Powers of powers and long exponents may take sympy for ever, or all memory.
_ENDLESS = re.compile(
    r"[0-9)}][ ]?\^[ ]?\{?[ ]?\(?[0-9]+[ ]?\}?[ ]?\)?\^|\^[ ]?\{?-?[0-9]{5}|[0-9]{4}[ ]?!|!!"
    r"|\^\{[^{}]{0,20}\^\{?[0-9]{2}"
)
_NUMBER = re.compile(r"-?[0-9]{1,4000}(?:\.[0-9]{1,4000}|/[0-9]{1,4000})?")
_BASE = re.compile(r"[0-9]_\{?[0-9]")
_SEGMENT = re.compile(
    r"\$\$(.{1,400}?)\$\$|\\\[(.{1,400}?)\\\]|\\\((.{1,400}?)\\\)|\$([^$\n]{1,400})\$", re.DOTALL
)


def gold(text: str) -> str | None:
    """One expression, set, interval, tuple, equation or inequality; no list of values."""
    answer = alone(text)
    return answer if answer is not None and _is_single(answer) else None


def alone(text: str) -> str | None:
    """A formula that stands alone, in the form in which equal ones are mostly equal texts."""
    text = text.strip()
    if not text:
        return None
    if len(text) > 2 * LONGEST:  # no formula is compared at this length, but a number may be
        return _number(text) if _NUMBER.fullmatch(text) else None
    return _canonical(text)


@lru_cache(maxsize=65_536)
def _canonical(text: str) -> str | None:
    dressed = re.sub(r"^\$+|[$.\s]+$", "", text.strip()).strip()
    if (value := _number(dressed)) is not None:
        return value
    for pattern, replacement in _DRESS:
        text = pattern.sub(replacement, text)
    text = _UNIT.sub("", " ".join(text.split())).strip(" .")
    if (named := _VARIABLE.match(text)) and not _LETTER.search(_COMMANDS.sub("", named[1])):
        text = named[1]
        if (value := _number(text)) is not None:
            return value
    if not text or len(text) > LONGEST:
        return None
    words = _COMMANDS.sub(" ", text)
    if _WORD.search(words) and " " in words.strip():
        return text.lower()  # "a necessary condition": compared as words
    return re.sub(r" (?![a-zA-Z])|(?<![a-zA-Z]) ", "", text)


def _number(text: str) -> str | None:
    is_list = re.search(r",\s+[0-9]", text.replace("\\!", ""))
    return None if is_list or "!" in text.replace("\\!", "") else number.alone(plain(text))


def _is_single(answer: str) -> bool:
    if _CODE.search(answer) or _ITEMS.search(answer) or _OPEN_END.search(answer):
        return False
    if (joined := _JOINED.search(answer)) and not re.search(r"\\neq ?\\pm", answer):
        return not joined
    words = _WORD.findall(_COMMANDS.sub(" ", answer))
    if len(words) > 1:
        return False
    return not any(depth == 0 and mark in ",:" for depth, mark in _marks(answer))


def _marks(text: str) -> list[tuple[int, str]]:
    """Commas and colons with the number of brackets around each."""
    depth, marks = 0, []
    for character in text:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(0, depth - 1)
        elif character in ",:":
            marks.append((depth, character))
    return marks


def stated(statement: Statement) -> Reading:
    """The formula that a statement gives."""
    content = statement.content.strip()
    if not content.strip(" *:|${}."):
        return Silence.NO_STATEMENT
    if statement.form in (Form.BOX, Form.TAG, Form.JSON):
        answer = alone(content)
        return Silence.NO_ANSWER if answer is None else answer
    sentence = first_sentence(content[:_LONGEST_SENTENCE])
    if (segment := _SEGMENT.match(sentence.lstrip(" *:")) or _SEGMENT.search(sentence)) is not None:
        answer = alone(_right_hand_side(_held(segment)))
        return Silence.NO_ANSWER if answer is None else answer
    bare = sentence.strip(" *:`")
    if COMMENT.match(sentence):
        return Silence.NO_STATEMENT
    if not _WORD.search(_COMMANDS.sub(" ", bare)) and (answer := alone(bare)) is not None:
        return Silence.NO_STATEMENT if statement.form is Form.HASHES and "." in bare else answer
    if statement.form is Form.HASHES:
        return Silence.NO_STATEMENT
    return number.stated(
        Statement(statement.form, plain(content), plain(statement.rest), plain(statement.before))
    )


def unmarked(text: str) -> str | None:
    """The last formula in mathematical brackets, its right-hand side; else the last number."""
    tail = text[-4_000:]
    if REFUSAL.search(tail[-300:]):
        return None
    last = None
    for last in _SEGMENT.finditer(tail):  # noqa: B007  # the last one is wanted
        pass
    if last is not None:
        return alone(_right_hand_side(_held(last)))
    return number.unmarked(plain(without_markdown(text), bold=True))


def _held(segment: re.Match[str]) -> str:
    return str(segment[segment.lastindex or 0])


def _right_hand_side(formula: str) -> str:
    """The last side of a chain of equations; an equation in variables stays whole."""
    sides = formula.split("=")
    right = sides[-1].strip()
    if len(sides) > 1 and right and not _LETTER.search(_COMMANDS.sub("", right)):
        return right
    return formula


_comparer = Comparer(SECONDS)


@lru_cache(maxsize=262_144)
def same(one: str, other: str) -> bool:
    """Whether two canonical formulas mean the same.

    Compared by math-verify in a process that has `SECONDS` for it. Two numbers are compared as
    texts, as are formulas whose powers might take for ever.
    """
    if one == other:
        return True
    if _NUMBER.fullmatch(one) and _NUMBER.fullmatch(other):
        return round(Fraction(one), 6) == round(Fraction(other), 6)  # as math-verify rounds
    if not (_is_safe(one) and _is_safe(other)):
        return False
    return _comparer.same(one, other)


def mean_the_same(one: str, other: str) -> bool:
    """Whether two formulas are the same, by fingerprints where both have one; for many answers."""
    if one == other:
        return True
    first, second = _key(one), _key(other)
    if first is None or second is None or first.partition("(")[0] != second.partition("(")[0]:
        return same(one, other)
    return first == second


_fingerprints: dict[str, str | None] = {}
_MOST_FINGERPRINTS = 1_000_000


def prepare(formulas: Iterable[str]) -> None:
    """Take the fingerprints of many formulas at once, in a process for each of two cores."""
    needed = [one for one in dict.fromkeys(formulas) if one not in _fingerprints]
    needed = [one for one in needed if not _NUMBER.fullmatch(one) and _is_safe(one)]
    if len(needed) < _FEW:
        return
    comparers = [
        _comparer,
        *(Comparer(SECONDS) for _ in range(min(_CORES, os.cpu_count() or 1) - 1)),
    ]
    shares = [needed[i :: len(comparers)] for i in range(len(comparers))]

    def take(comparer: Comparer, share: list[str]) -> list[str | None]:
        return comparer.fingerprints(share)

    with ThreadPoolExecutor(len(comparers)) as threads:
        for share, keys in zip(shares, threads.map(take, comparers, shares), strict=True):
            _fingerprints.update(zip(share, keys, strict=True))
    for comparer in comparers[1:]:
        comparer.close()


_FEW = 500  # another process takes as long to start as these take
_CORES = 2


def _key(formula: str) -> str | None:
    if _NUMBER.fullmatch(formula):
        numerator, _, denominator = formula.partition("/")
        value = Decimal(numerator) / Decimal(denominator or 1)
        return f"Expr({value + 0:.6f},{Decimal(0):.6f})"
    if not _is_safe(formula):
        return None
    if formula not in _fingerprints:
        if len(_fingerprints) > _MOST_FINGERPRINTS:
            _fingerprints.clear()
        _fingerprints[formula] = _comparer.fingerprint(formula)
    return _fingerprints[formula]


def _is_safe(formula: str) -> bool:
    """Whether math-verify may see a formula: it ends in time, and does not drop a base."""
    return not (len(formula) > LONGEST or _BASE.search(formula) or _ENDLESS.search(formula))
