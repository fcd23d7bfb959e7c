"""Whether two formulas mean the same, by math-verify; without a limit on time or memory."""

import logging
import zlib
from decimal import Decimal
from functools import lru_cache
from typing import Any

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify
from sympy import (  # type: ignore[import-untyped]  # it has no stubs
    Expr,
    FiniteSet,
    Interval,
    Rational,
    Tuple,
)

# Their time limits are signals; the process that calls this is killed instead.
for _name in ("math_verify.parser", "math_verify.grader", "math_verify"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


_DIGITS = 25


def equivalent(one: str, other: str) -> bool:
    """Whether math-verify takes either for the other."""
    try:
        parsed = _parsed(one), _parsed(other)
        return bool(all(parsed)) and bool(
            verify(parsed[0], parsed[1], timeout_seconds=None)
            or verify(parsed[1], parsed[0], timeout_seconds=None)
        )
    except Exception:  # whatever sympy raises for what it cannot compare: then it is not the same
        return False


def fingerprint(latex: str) -> str | None:
    """A text that equivalent formulas share; None where only `equivalent` can compare them.

    Expressions by their value, to six decimals as math-verify rounds, with fixed values for their
    variables; sets, tuples and intervals by those of their parts.
    """
    try:
        parsed = _parsed(latex)
        return _of(parsed[0]) if parsed else None
    except Exception:  # as above
        return None


def _of(value: Any) -> str | None:
    if isinstance(value, FiniteSet | Tuple):
        parts = [_of(part) for part in value.args]
        if None in parts:
            return None
        ordered = parts if isinstance(value, Tuple) else sorted(map(str, parts))
        return f"{type(value).__name__}{ordered}"
    if isinstance(value, Interval):
        ends = _of(value.start), _of(value.end)
        return None if None in ends else f"Interval{ends}{value.left_open}{value.right_open}"
    if not isinstance(value, Expr):
        return None
    names = sorted(value.free_symbols, key=str)
    number = value.subs({name: _stand_in(str(name)) for name in names}).evalf(_DIGITS)
    real, imaginary = (Decimal(str(part)) for part in number.as_real_imag())
    if not (real.is_finite() and imaginary.is_finite()):
        return f"Expr({value})"
    places = ".9g" if names else ".6f"
    return f"Expr({real + 0:{places}},{imaginary + 0:{places}})"


def _stand_in(name: str) -> Rational:
    return Rational(zlib.crc32(name.encode()) % 99_991 + 10_007, 60_013)


@lru_cache(maxsize=4096)
def _parsed(latex: str) -> list[Any]:
    extraction = [LatexExtractionConfig(), ExprExtractionConfig()]
    return list(parse(f"${latex}$", extraction, parsing_timeout=None))
