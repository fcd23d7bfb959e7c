"""Tokens that look like numbers, each with its value, or with none where it is no number.

A date, a time, a ratio or `2x` is one token without a value, so that nothing takes a part of it.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from iwsi.tasks.answers.number_values import (
    FRAC,
    LARGEST_EXPONENT,
    decimal_text,
    evaluate,
    fraction_text,
    power,
)
from iwsi.tasks.answers.number_words import SCALE_CHARACTERS, SCALE_LETTERS, SCALE_WORDS


class Token(NamedTuple):
    """A number's place in a text and its canonical value, None where it is no number."""

    start: int
    end: int
    value: str | None


_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_NO_NUMBER = rf"""
    \b{_MONTH}[ ][0-9]{{1,2}}{_ORDINAL}(?![0-9])(?:,?[ ][0-9]{{4}})?
  | (?<![0-9.,])[0-9]{{1,2}}{_ORDINAL}[ ](?:of[ ])?{_MONTH}(?![a-z])(?:,?[ ][0-9]{{4}})?
  | (?<![0-9])(?:[0-9]{{4}}(?P<mark>[-/])[0-9]{{1,2}}(?P=mark)[0-9]{{1,2}}
      | [0-9]{{1,2}}(?P<sign>[-/])[0-9]{{1,2}}(?P=sign)[0-9]{{4}}
      | [0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}})(?![0-9])
  | (?<![0-9])\(?[0-9]{{3}}\)?[ -][0-9]{{3}}-[0-9]{{4}}(?![0-9])
  | (?<![0-9])[0-9]{{3}}-[0-9]{{4}}(?![0-9]|[ ]?=)
  | [0-9]++(?:\.[0-9]++)?(?::|[ ]:[ ])[0-9]++(?:\.[0-9]++)?(?:[ ]?:[ ]?[0-9]++){{0,9}}
  | (?<![0-9.,])[0-9]{{1,2}}[ ]?[aApP](?:\.[ ]?)?[mM](?![a-zA-Z])\.?
  | (?![0-9]{{1,3}}(?:_[0-9]{{3}}){{1,9}}(?![0-9]))[0-9]++_\{{?[0-9a-z]{{1,9}}\}}?
  | (?![0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,9}}(?![0-9.]))[0-9]++(?:\.[0-9]++){{2,9}}
"""
_DIGITS = r"""
    (?P<grouped>[0-9]{1,3}(?:,[0-9]{3})++(?!,?[0-9])
      | [0-9]{1,2}(?:,[0-9]{2}){1,9},[0-9]{3}(?!,?[0-9])  # lakhs: 1,00,000
      | [0-9]{1,3}(?:[ _'][0-9]{3})++(?![0-9]))
  | (?P<points>[0-9]{1,3}(?:\.[0-9]{3}){2,9}(?![0-9]))
  | (?P<comma>[0-9]{1,3}(?:\.[0-9]{3})++,[0-9]{1,2}(?!,?[0-9]) | [0-9]++,[0-9]{1,2}(?!,?[0-9]))
  | (?P<list>[0-9]++(?:,[0-9]++)++)
  | [0-9]++
"""
_SCALE = (
    r"[ -]?(?P<word>" + "|".join(sorted(SCALE_WORDS, key=len, reverse=True)) + r")(?!\w)"
    r"|(?P<letter>[" + "".join(SCALE_LETTERS) + r"])(?![\w/^])"
    r"|[ ]?(?P<character>[" + "".join(SCALE_CHARACTERS) + r"])"
)
_TOKEN = re.compile(
    rf"""
    (?P<no_number>{_NO_NUMBER})
  | (?P<prefix>
        (?:(?<![\w)\]}}])(?<![0-9)\]}}][ ])[-+])?  # behind a number it is an operator
        (?:(?P<money>[$€£¥₹])[ ]?(?:-[ ]?(?=[0-9.]))?)?
    )
    (?<![A-Za-z0-9_])
    (?: (?P<latex>(?:[0-9]{{1,9}}[ ]?)?{FRAC})
      | (?<!/)(?:(?P<whole>[0-9]{{1,9}})[ ](?=[1-9][0-9]?/[0-9]{{1,2}}(?![0-9])))?
        (?P<numerator>[0-9]{{1,900}})[ ]?/[ ]?(?P<denominator>[0-9]{{1,900}})(?![0-9/]|[.,][0-9])
      | (?P<decimal>(?:{_DIGITS})(?:\.[0-9]++)?|(?<![\w.])\.[0-9]++)
        (?:[eE](?P<exponent>[-+]?[0-9]++)(?![A-Za-z0-9_]))?
        (?:\^(?:\{{[ ]?(?P<power>-?[0-9]{{1,4}})[ ]?\}}|(?P<digit>-?[0-9]{{1,4}})))?
        (?:[ ]?\*[ ]?10\^(?:\{{[ ]?(?P<ten>[-+]?[0-9]{{1,4}})[ ]?\}}|(?P<tens>-?[0-9]{{1,4}})))?
    )
    (?:{_SCALE})?
  | \\frac(?![a-zA-Z])(?:[ ]?\{{[^{{}}]{{0,60}}\}}){{0,2}}""",
    re.VERBOSE,
)
_UNIT = re.compile(r"[ ]?(?:[€$£%°\"]|[^\W\d_]{1,12}(?![\w(]))")
_NO_UNIT = re.compile(r"[ ]?(?:and|or|to|und|oder|y|o|et|ou|e|bis)\b", re.IGNORECASE)
# What makes a number a part of an expression with symbols.
_SYMBOL_BEHIND = re.compile(
    r"\.?[ ]?(?:\\(?!frac|boxed|text|leq?(?![a-z])|geq?(?![a-z])|[^a-zA-Z])"
    r"|[π√∞]|[-+*/^][ ]?(?:\\(?!frac)|\(?(?:[b-zB-Z]|a(?=[ ]?[-+*/=^)$]))(?![\w'.])))"
    r"|[ ]?(?:[<>≤≥≠]=?|\\[lgn]eq?)[ ]?[a-zA-Z](?![a-zA-Z])"
    r"|[ ]?[xyzniπ√](?!\w)|\^|!(?=[ ]?[-+*/=])|\(|_"
    r"|[a-z]{1,2}(?=\^|[ ]?[-+*/=][ ]?[0-9]*[a-z](?![a-z]))(?<!m)(?<!cm)(?<!km)(?<!mm)(?<!ft)"
    r"(?<!in)"
)
_SYMBOL_BEFORE = re.compile(
    r"(?:(?<![A-Za-z\\])(?:[b-zB-Z]|a)[ ]?[-+*/^]|[-+*/]?(?:√|∛|\\(?!boxed)[a-zA-Z]{2,12}"
    r"|(?<![a-z])(?:sqrt|log|ln|sin|cos|tan|exp))[ ]?[({]?|±|\\pm|\^|_"
    r"|\w[ ]?(?:[<>≤≥≠]=?|\\[lgn]eq?(?:slant)?))[ ]?[({]?[ ]?$"
)
_CONTEXT = 24


def tokens(text: str) -> list[Token]:
    """All tokens of a text, in their order."""
    return [
        Token(found.start(), found.end(), _value(found, text)) for found in _TOKEN.finditer(text)
    ]


def _value(found: re.Match[str], text: str) -> str | None:
    end = found.end()
    if found["prefix"] is None:  # no number, or a fraction of symbols
        return None
    if _SYMBOL_BEHIND.match(text, end) or _SYMBOL_BEFORE.search(
        text[max(0, found.start() - _CONTEXT) : found.start()]
    ):
        return None
    value = _unscaled(found, text)
    scale = _scale(found)
    if value is None or scale is None:
        return None
    if "-" in found["prefix"]:
        value = -value
    if scale:
        factor = Fraction(10) ** scale if scale < 0 else Decimal(10) ** scale
        value = Fraction(value) * Fraction(factor)
    return decimal_text(value) if isinstance(value, Decimal) else fraction_text(value)


def _unscaled(found: re.Match[str], text: str) -> Decimal | Fraction | None:
    if found["latex"]:
        return evaluate(found["latex"])
    if found["denominator"]:
        denominator = int(found["denominator"])
        if not denominator:
            return None
        return int(found["whole"] or 0) + Fraction(int(found["numerator"]), denominator)
    digits = _digits(found, text)
    exponent = found["exponent"] or "0"
    if digits is None or len(exponent) > 5 or abs(int(exponent)) > LARGEST_EXPONENT:
        return None
    value = Decimal(f"{digits}e{exponent}")
    raised = found["power"] or found["digit"]
    return power(value, int(raised)) if raised else value


def _digits(found: re.Match[str], text: str) -> str | None:
    """The digits with a decimal point; None for a list and for a comma of unknown meaning."""
    decimal: str = found["decimal"]
    if found["list"]:
        return None
    if found["points"]:
        return decimal.replace(".", "")
    if found["comma"]:
        # "3,5" may be two numbers; money, a unit, a leading zero or a group before say otherwise.
        end = found.end()
        if text[end : end + 2].strip()[:1] in (")", "]"):
            return None  # a pair or an interval
        unit = _UNIT.match(text, end) and not _NO_UNIT.match(text, end)
        if not (found["money"] or unit or decimal.startswith("0,") or "." in decimal):
            return None
        return decimal.replace(".", "").replace(",", ".")
    return re.sub("[ ,_']", "", decimal)


def _scale(found: re.Match[str]) -> int | None:
    """Decimal places that words of scale and a power of ten shift a number by."""
    places = 0
    if word := found["word"]:
        places += SCALE_WORDS[word]
    elif letter := found["letter"]:
        if letter == "B" and not found["money"]:
            return None
        places += SCALE_LETTERS[letter]
    elif character := found["character"]:
        places += SCALE_CHARACTERS[character]
    ten = int(found["ten"] or found["tens"] or 0)
    return places + ten if abs(ten) <= LARGEST_EXPONENT else None
