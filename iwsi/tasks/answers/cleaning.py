"""Typography is taken away before an answer is read."""

import re

# Every pattern here is linear: no repetition borders on another one that could match the same
# characters, or its length is bounded.

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


def plain(text: str) -> str:
    """A text without typography: TeX spaces, bold marks and calculator notes taken away."""
    if "~" in text or not text.isascii():
        text = text.translate(_CHARACTERS)
    for pattern, replacement in _TYPOGRAPHY if "\\" in text else _OUTSIDE_TEX:
        text = pattern.sub(replacement, text)
    return text
