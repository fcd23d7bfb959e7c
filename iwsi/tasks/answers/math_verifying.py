"""Whether two formulas mean the same, by math-verify; without a limit on time or memory."""

import logging
from functools import lru_cache
from typing import Any

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

# Their time limits are signals; the process that calls this is killed instead.
for _name in ("math_verify.parser", "math_verify.grader", "math_verify"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


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


@lru_cache(maxsize=4096)
def _parsed(latex: str) -> list[Any]:
    extraction = [LatexExtractionConfig(), ExprExtractionConfig()]
    return list(parse(f"${latex}$", extraction, parsing_timeout=None))
