"""A model's text becomes a canonical answer: a number, a choice, or yes or no."""

import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

AnswerKind = Literal["number", "choice", "yes_no"]


def canonical_answer(answer: str, kind: AnswerKind) -> str | None:
    r"""An answer that stands alone ("$1,200.00", "(b)", "Yes.") in canonical form.

    Canonical are decimals without trailing zeros ("1200", "3.5"), fractions in lowest terms where
    the decimals would not end ("1/3"), capital letters A to J, "yes" and "no". A percent sign is
    dropped ("50%" is "50"), as the gold answers of GSM8K do. Units may follow a number.

    Returns:
        The canonical form, which is its own canonical form; None for all that is no rational
        number, choice or yes/no. Never raises.
    """
    text = _plain(answer).strip()
    boxed = re.fullmatch(r"\$?\\boxed ?\{(.*)\}[$.]*", text, re.DOTALL)
    return _READERS[kind].alone(boxed[1].strip() if boxed else text)


def extract_answer(text: str, kind: AnswerKind) -> str | None:
    r"""The final answer in a model's reasoning, canonical, or None.

    Looked for in the last `\boxed{…}`, then after markers such as "The answer is" or "####", the
    last one first, then as the last number (choice, yes/no) of all. What follows a new question
    that the model made up is not read. Never raises; linear in the length of the text.
    """
    text = _plain(text)
    if new_question := _NEW_QUESTION.search(text):
        text = text[: new_question.start()]
    reader = _READERS[kind]
    for span in _answer_spans(text):
        if (answer := reader.first(span)) is not None:
            return answer
    return reader.last(text)


def extract_answers(texts: Iterable[str | None], kind: AnswerKind) -> list[str | None]:
    """`extract_answer` over many texts, in their order; each distinct text is read once."""
    answers: dict[str | None, str | None] = {None: None}
    for text in (texts := list(texts)):
        if text is not None and text not in answers:
            answers[text] = extract_answer(text, kind)
    return [answers[text] for text in texts]


# Where an answer stands. Every pattern here is linear: no repetition borders on another one that
# could match the same characters, or its length is bounded.

_SPACES = "\u00a0\u2007\u2009\u202f~"
_DASHES = "\u2010\u2011\u2013\u2212"
_CHARACTERS = str.maketrans(
    dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-") | {"\u00d7": "*", "\u00f7": "/"}
)
_TYPOGRAPHY = [
    (re.compile(r"<<[^<>]*>>"), ""),  # GSM8K's calculator annotations
    (re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mbox) ?\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\(?:left|right)(?![a-zA-Z])|\\!"), ""),
    (re.compile(r"\*\*|__"), " "),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\([$%])"), r"\1"),
    (re.compile(r"\\(?:[,;: ()\[\]]|quad\b)"), " "),
    (re.compile(r"\\(?:times|cdot)(?![a-zA-Z])"), "*"),
    (re.compile(r"(?<=[0-9])x(?=[0-9])"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])"), "/"),
    (re.compile(r"\\[dt]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\fbox(?![a-zA-Z])"), r"\\boxed"),
]
# Most texts have no backslash, and then these find nothing.
_OUTSIDE_TEX = [pair for pair in _TYPOGRAPHY if not pair[0].pattern.startswith(r"\\")]
_NEW_QUESTION = re.compile(r"\n[ \t#>]*(?:Question|QUESTION|Q) ?[0-9]{0,4} ?:")
_MARKER = re.compile(
    r"####|\bthe\s+(?:(?:final|correct|right)\s+)?answer\s*(?:is\b|:)\s*:?"
    r"|\banswer\s*:|^[ \t]*(?-i:A)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SPAN_END = re.compile(r"\n|[.!?](?=\s|$)")
_BRACE = re.compile(r"\\[{}]|\\boxed ?\{|[{}]")


def _plain(text: str) -> str:
    if "~" in text or not text.isascii():
        text = text.translate(_CHARACTERS)
    for pattern, replacement in _TYPOGRAPHY if "\\" in text else _OUTSIDE_TEX:
        text = pattern.sub(replacement, text)
    return text


def _answer_spans(text: str) -> Iterator[str]:
    """The last box's content, then what follows each marker, the last first."""
    if (boxed := _last_boxed(text)) is not None:
        yield boxed
    end = len(text)
    for marker in reversed(list(_MARKER.finditer(text))):
        start = marker.end()
        while start < end and text[start].isspace():
            start += 1
        # A span ends at the next marker, too, so that all spans together are no longer than text.
        span_end = _SPAN_END.search(text, start, end)
        yield text[start : span_end.start() if span_end else end]
        end = marker.start()


def _last_boxed(text: str) -> str | None:
    if r"\boxed" not in text:
        return None
    last: slice | None = None
    opened: list[int | None] = []  # where a box's content begins; None at any other brace
    for brace in _BRACE.finditer(text):
        match brace[0]:
            case "{":
                opened.append(None)
            case "}":
                if opened and (start := opened.pop()) is not None:
                    last = slice(start, brace.start())
            case r"\{" | r"\}":
                pass
            case _:
                opened.append(brace.end())
    return text[last].strip() if last else None


# Numbers

_DIGITS = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])"
    r"|[0-9]{1,2}(?:,[0-9]{2}){1,9},[0-9]{3}(?![0-9])"  # lakhs: 1,00,000
    r"|[0-9]{1,3}(?:[ ][0-9]{3})+(?![0-9])"
    r"|[0-9]++)"
)
_FEW_DIGITS = r"[0-9]{1,20}(?:,[0-9]{3}){0,6}(?:\.[0-9]{1,20})?"
_SUM = rf"-?{_FEW_DIGITS}(?:[ ]?[-+*/][ ]?{_FEW_DIGITS}){{0,5}}"
_FRAC = rf"\\frac[ ]?(?:\{{[ ]?{_SUM}[ ]?\}}|[0-9])[ ]?(?:\{{[ ]?{_SUM}[ ]?\}}|[0-9])"
_NUMBER_PATTERN = rf"""
    (?P<prefix>
        (?:(?<![\w)\]}}])(?<![0-9)][ ])[-+])?  # behind a number it is an operator
        (?:[$€£¥₹][ ]?(?:-(?=[0-9.]))?)?
    )
    (?<![A-Za-z0-9_])
    (?: (?P<latex>(?:[0-9]{{1,9}}[ ]?)?{_FRAC})
      | (?<!/)(?:(?P<whole>[0-9]{{1,9}})[ ](?=[1-9]/[0-9]{{1,2}}(?![0-9])))?
        (?P<numerator>[0-9]{{1,900}})/(?P<denominator>[0-9]{{1,900}})(?![0-9/]|\.[0-9])
      | (?P<decimal>{_DIGITS}(?:\.[0-9]++)?|(?<![\w.])\.[0-9]++)
        (?:[eE](?P<exponent>[-+]?[0-9]++)(?![A-Za-z0-9_]))?
    )"""
_NUMBER = re.compile(_NUMBER_PATTERN, re.VERBOSE)
_UNITS = r"(?:[^-0-9=+*/^\\<>{}]|(?<=[A-Za-z])/|-(?=[A-Za-z]))*+"
_NUMBER_ALONE = re.compile(rf"[ \"'(\[]*+{_NUMBER_PATTERN}{_UNITS}", re.VERBOSE)
_TERM = (
    rf"-?(?:(?:[0-9]{{1,9}} ?)?{_FRAC}|\( ?{_SUM} ?\)|{_FEW_DIGITS})"
    r"(?:\^(?:[0-9]|\{-?[0-9]{1,2}\}))?"
)
# What math-verify may see: unguarded, it takes seconds for nested brackets, for ever for towers of
# powers, and reads "2(3)" as 5.
_EXPRESSION = re.compile(rf"{_TERM}(?: ?[-+*/] ?{_TERM}){{0,20}}")
_LONGEST_EXPRESSION = 100
_LINK = re.compile(
    r"[ $%)}]*(?:[a-z]{1,20}[ )]+){0,3}"
    r"(?:(?P<equals>=|≈|equals)|[-+*/x]|of|times|plus|minus|(?:divided|multiplied) by)[ $€£(]*",
    re.IGNORECASE,
)
_LONGEST_LINK = 60
_LARGEST_EXPONENT = 1000
_MOST_BITS = 3000
# Exact or an error: enough digits for every fraction of that many bits whose decimals end.
_EXACT = Context(prec=5000, traps=[Inexact])


def _number_alone(text: str) -> str | None:
    if number := _NUMBER_ALONE.fullmatch(text):
        return _number_text(number)
    text = text.strip(" $.")
    if len(text) <= _LONGEST_EXPRESSION and _EXPRESSION.fullmatch(text):
        return _fraction_text(_evaluate(text))
    return None


def _first_number(span: str) -> str | None:
    """The first number of a span, or the right-hand side where an equation begins with it."""
    if (alone := _number_alone(span)) is not None:
        return alone
    sides: list[str] = []
    first = previous = None
    start = 0
    for number in _NUMBER.finditer(span):
        if previous is None:
            first, start = number, number.start()
        else:
            gap = span[previous.end() : number.start()]
            link = _LINK.fullmatch(gap) if len(gap) <= _LONGEST_LINK else None
            if link is None:
                break
            if link["equals"]:
                sides.append(span[start : previous.end()])
                start = number.start()
        previous = number
    if first is None or previous is None:
        return None
    sides.append(span[start : previous.end()])
    values = (_number_alone(side) for side in reversed(sides))
    return next((value for value in values if value is not None), _number_text(first))


def _last_number(text: str) -> str | None:
    values = (_number_text(number) for number in reversed(list(_NUMBER.finditer(text))))
    return next((value for value in values if value is not None), None)


def _number_text(number: re.Match[str]) -> str | None:
    sign = -1 if "-" in number["prefix"] else 1
    if number["latex"]:
        value = _evaluate(number["latex"])
        return None if value is None else _fraction_text(sign * value)
    if number["denominator"]:
        denominator = int(number["denominator"])
        if not denominator:
            return None
        value = int(number["whole"] or 0) + Fraction(int(number["numerator"]), denominator)
        return _fraction_text(sign * value)
    exponent = number["exponent"] or "0"
    if len(exponent) > 5 or abs(int(exponent)) > _LARGEST_EXPONENT:
        return None
    digits = number["decimal"].replace(",", "").replace(" ", "")
    return _decimal_text(Decimal(f"{'-' if sign < 0 else ''}{digits}e{exponent}"))


@lru_cache(maxsize=4096)
def _evaluate(expression: str) -> Fraction | None:
    # It brings sympy, which takes half a second to import and most texts do without.
    from math_verify import LatexExtractionConfig, parse

    # Its time limit is a signal, which only the main thread may set; `_EXPRESSION` bounds the work
    # instead, so its warning that there is no limit has nothing to say.
    logging.getLogger("math_verify.parser").setLevel(logging.ERROR)
    latex = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", expression)
    # Decimals as fractions, or sympy would round them to floats.
    latex = re.sub(r"([0-9]+)\.([0-9]+)", _decimal_as_latex, latex)
    parsed = parse(f"${latex}$", [LatexExtractionConfig()], "no_fallback", parsing_timeout=None)
    if not parsed:
        return None
    value = parsed[0].doit()
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else None


def _decimal_as_latex(decimal: re.Match[str]) -> str:
    return rf"\frac{{{decimal[1]}{decimal[2]}}}{{1{'0' * len(decimal[2])}}}"


def _fraction_text(value: Fraction | None) -> str | None:
    if value is None:
        return None
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        return None
    try:
        return _decimal_text(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)))
    except Inexact:
        return str(value)


def _decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if value.is_zero() else text


# Choices

_CHOICE_ALONE = re.compile(
    r"(?:option |choice )?[ \"'(\[]*+([A-J])(?![\w'\u2019])[ \"']*+(?:[)\].:,](?!\w)|$)",
    re.IGNORECASE,
)
_CHOICE_THEN_WORDS = re.compile(r"([B-HJ]|A(?= (?:because|since|as)\b)) ")
_CHOICE_NAMED = re.compile(r"\( ?([A-J]) ?\)|\b(?i:option|choice) ([A-J])\b")
_CHOICE_LAST = re.compile(
    r"\( ?([A-J]) ?\)|(?<![\w(.'])([A-J])\)|(?<![\w.'])([A-HJ])(?:\.(?=[ \t]*$)|\s*\Z)"
    r"|\b(?i:option|choice|answer) ([A-J])\b|\b([A-J]) is (?:the )?(?:correct|right|answer)\b"
    r"|\A\s*(I)\s*\Z",  # alone it is no pronoun
    re.MULTILINE,
)


def _choice_alone(text: str) -> str | None:
    return _letter(_CHOICE_ALONE.match(text))


def _first_choice(span: str) -> str | None:
    return _letter(
        _CHOICE_ALONE.match(span) or _CHOICE_THEN_WORDS.match(span) or _CHOICE_NAMED.search(span)
    )


def _last_choice(text: str) -> str | None:
    return _letter(_last(_CHOICE_LAST.finditer(text)))


def _letter(found: re.Match[str] | None) -> str | None:
    return found[found.lastindex or 0].upper() if found else None


# Yes or no

_YES_NO = re.compile(r"(?<![\w-])(?:(yes|true)|no|false)(?![\w'\u2019-])", re.IGNORECASE)


def _yes_no_alone(text: str) -> str | None:
    return _yes_no(_YES_NO.fullmatch(text.strip(" \t\n.,!;:\"'()[]*")))


def _first_yes_no(span: str) -> str | None:
    return _yes_no(_YES_NO.search(span))


def _last_yes_no(text: str) -> str | None:
    return _yes_no(_last(_YES_NO.finditer(text)))


def _yes_no(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    return "yes" if found[1] else "no"


def _last(matches: Iterable[re.Match[str]]) -> re.Match[str] | None:
    tail = deque(matches, maxlen=1)
    return tail[0] if tail else None


class _Reader(NamedTuple):
    alone: Callable[[str], str | None]
    first: Callable[[str], str | None]
    last: Callable[[str], str | None]


_READERS: dict[AnswerKind, _Reader] = {
    "number": _Reader(_number_alone, _first_number, _last_number),
    "choice": _Reader(_choice_alone, _first_choice, _last_choice),
    "yes_no": _Reader(_yes_no_alone, _first_yes_no, _last_yes_no),
}
