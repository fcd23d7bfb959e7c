"""Numbers: decimals, fractions and short expressions, in canonical form."""

import logging
import re
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache

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


def number_alone(text: str) -> str | None:
    """The number of an answer that stands alone."""
    if number := _NUMBER_ALONE.fullmatch(text):
        return _number_text(number)
    text = text.strip(" $.")
    if len(text) <= _LONGEST_EXPRESSION and _EXPRESSION.fullmatch(text):
        return _fraction_text(_evaluate(text))
    return None


def first_number(span: str) -> str | None:
    """The first number of a span, or the right-hand side where an equation begins with it."""
    if (alone := number_alone(span)) is not None:
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
    values = (number_alone(side) for side in reversed(sides))
    return next((value for value in values if value is not None), _number_text(first))


def last_number(text: str) -> str | None:
    """The last number of a text."""
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
