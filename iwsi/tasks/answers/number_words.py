"""Numbers in English words, from zero to the thousands, and words of scale."""

import re

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_WORD = "|".join([*_VALUES, *_SCALES])
NUMBER_WORDS = re.compile(
    rf"(?<![\w-])(?:{_WORD})(?:(?:[ -]| and )(?:{_WORD})){{0,9}}(?![\w-])", re.IGNORECASE
)


def words_value(words: str) -> int | None:
    """The number that English words spell, None where they spell none ("two three")."""
    total = group = 0
    last = 1_000_000_000  # a word may only follow a larger one
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "and":
            continue
        if word == "hundred":
            if not 1 <= group <= 9:
                return None
            group, last = group * 100, 100
        elif word in _SCALES:
            if not group:
                return None
            total, group, last = total + group * _SCALES[word], 0, _SCALES[word]
        else:
            value = _VALUES[word]
            if not _may_follow(value, last):
                return None
            group, last = group + value, value
    return total + group


def _may_follow(value: int, last: int) -> bool:
    """Tens follow hundreds, units follow hundreds and tens."""
    if last >= 100:
        return True
    return last >= 20 and 1 <= value <= 9


# By language only in so far as the words differ; none is a word of another kind elsewhere.
SCALE_WORDS = {
    "hundred": 2,
    "thousand": 3,
    "million": 6,
    "millions": 6,
    "billion": 9,
    "trillion": 12,
    "mn": 6,
    "bn": 9,
    "lakh": 5,
    "crore": 7,
    "Tausend": 3,
    "Million": 6,
    "Millionen": 6,
    "Mio": 6,
    "Milliarden": 9,
    "Mrd": 9,
    "mille": 3,
    "millones": 6,
    "milliards": 9,
    "mil": 3,
    "\u0442\u044b\u0441\u044f\u0447": 3,
    "\u0442\u044b\u0441": 3,
    "\u043c\u043b\u043d": 6,
    "\u043c\u0438\u043b\u043b\u0438\u043e\u043d\u043e\u0432": 6,
}
# Written without a space, so that they are no words of their own.
SCALE_LETTERS = {"k": 3, "K": 3, "M": 6, "B": 9}
SCALE_CHARACTERS = {
    "\u5343": 3,
    "\u4e07": 4,
    "\u842c": 4,
    "\u4ebf": 8,
    "\u5104": 8,
    "\ub9cc": 4,
    "\uc5b5": 8,
}
