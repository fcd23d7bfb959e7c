"""Scores as tools write them: numbers, booleans, letters, words."""

import math
from typing import Any

_WORDS = {
    **dict.fromkeys(("c", "correct", "true", "yes", "y", "pass", "passed", "right"), 1.0),
    **dict.fromkeys(("i", "incorrect", "false", "no", "fail", "failed", "wrong"), 0.0),
    "p": 0.5,  # inspect_ai: partially correct
    "n": 0.0,  # inspect_ai: no answer, which it counts as wrong
}
_MISSING = {"", "nan", "null", "none", "na", "n/a", "$error$"}


def score_of(value: Any) -> float | None:
    """The number that a value stands for: NaN where it is missing, None where it is no score.

    `C`, `True`, `yes`, `pass` are 1, `I`, `N`, `False`, `no`, `fail` 0, `P` a half, in any case;
    null, an empty text, `NaN` and `$ERROR$` are missing. `85%` is 0.85.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool | int | float):
        number = float(value)
    elif isinstance(value, str):
        word = value.strip().lower()
        if word in _MISSING:
            return math.nan
        if word in _WORDS:
            return _WORDS[word]
        try:
            number = float(word[:-1]) / 100 if word.endswith("%") else float(word)
        except ValueError:
            return None
    else:
        return None
    return None if math.isinf(number) else number


def verdict(value: Any, right: str, wrong: tuple[str, ...]) -> float:
    """1 for the word of success, 0 for one of failure, NaN for anything else."""
    if value == right or value is True:
        return 1.0
    return 0.0 if value in wrong or value is False else math.nan


def text_of(value: Any) -> str:
    """A name from what a file has for one: numbers as they are written, text as it is."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
