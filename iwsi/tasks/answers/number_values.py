"""Exact values of numbers and of short expressions, and their canonical text."""

import logging
import re
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache

LARGEST_EXPONENT = 1000
_MOST_BITS = 3000
# Exact or an error: enough digits for every fraction of that many bits whose decimals end.
_EXACT = Context(prec=5000, traps=[Inexact])

FEW_DIGITS = r"[0-9]{1,20}(?:,[0-9]{3}){0,6}(?:\.[0-9]{1,20})?"
_SUM = rf"-?{FEW_DIGITS}(?:[ ]?[-+*/][ ]?{FEW_DIGITS}){{0,5}}"
FRAC = rf"\\frac[ ]?(?:\{{[ ]?{_SUM}[ ]?\}}|[0-9])[ ]?(?:\{{[ ]?{_SUM}[ ]?\}}|[0-9])"
_TERM = (
    rf"-?(?:(?:[0-9]{{1,9}} ?)?{FRAC}|\( ?{_SUM} ?\)|{FEW_DIGITS})"
    r"(?:\^(?:[0-9]|\{-?[0-9]{1,2}\}))?"
)
# What math-verify may see: unguarded, it takes seconds for nested brackets, for ever for towers of
# powers, and reads "2(3)" as 5.
_EXPRESSION = re.compile(rf"{_TERM}(?: ?[-+*/] ?{_TERM}){{0,20}}")
_LONGEST_EXPRESSION = 100
# "3-5" and "3 - 5" are rather a range than a difference, "2-1/2" is a mixed number.
_RANGE = re.compile(r"([0-9.,]{1,20})( ?)- ?([0-9.,]{1,20})(?:/[0-9]{1,20})?")


def expression_value(text: str) -> Fraction | None:
    """The exact value of a short expression of numbers; None for anything else."""
    text = text.strip(" $.")
    if len(text) > _LONGEST_EXPRESSION or not _EXPRESSION.fullmatch(text):
        return None
    if (between := _RANGE.fullmatch(text)) and (
        not between[2] or _plain_value(between[1]) <= _plain_value(between[3])
    ):
        return None
    return evaluate(text)


def _plain_value(digits: str) -> Decimal:
    try:
        return Decimal(digits.replace(",", "").strip("."))
    except ArithmeticError:
        return Decimal(0)


@lru_cache(maxsize=4096)
def evaluate(expression: str) -> Fraction | None:
    """The exact value of LaTeX that the guards of this module let through."""
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


def power(base: Decimal | Fraction, exponent: int) -> Fraction | None:
    """An exact power, or None where it would be too large."""
    value = Fraction(base)
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if abs(exponent) * bits > _MOST_BITS or (not value and exponent < 0):
        return None
    return Fraction(value**exponent)


def fraction_text(value: Fraction | None) -> str | None:
    """A decimal where its digits end, else a fraction in lowest terms."""
    if value is None:
        return None
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        return None
    try:
        return decimal_text(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)))
    except Inexact:
        return str(value)


def decimal_text(value: Decimal) -> str:
    """A decimal without an exponent and without trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if value.is_zero() else text
