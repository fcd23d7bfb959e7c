"""Removes thinking, typography, HTML, Markdown and harmless LaTeX from a text."""

import re
import unicodedata

# Every pattern here is linear: no repetition borders on another one that could match the same
# characters, or its length is bounded.

_THINKING = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_STEMS = (
    "<think",
    "</think",
    "<thought",
    "</thought",
    "<reason",
    "</reason",
    "reflection>",
    "pad>",
)
_THINK_OPENED = re.compile(rf"<(?:{_THINKING})>", re.IGNORECASE)
_THINK_CLOSED = re.compile(rf"</(?:{_THINKING})>", re.IGNORECASE)
_CALL = re.compile(r"<tool_call>[^<]*(?:</tool_call>|$)")
_CHANNEL = "<|channel|>final<|message|>"


def without_thinking(text: str) -> str:
    """The text after the last closed think block; empty after a block that was never closed.

    A template may open the block in the prompt, so that a text holds its end alone.
    """
    if _CHANNEL in text:
        text = text.rpartition(_CHANNEL)[2]
    lowered = text.lower()
    if "<tool_call>" not in lowered and not any(stem in lowered for stem in _STEMS):
        return text
    end = 0
    for closed in _THINK_CLOSED.finditer(text):
        end = closed.end()
    text = text[end:]
    opened = _THINK_OPENED.search(text)
    return _CALL.sub("", text[: opened.start()] if opened else text)


_SPACES = "\u00a0\u2007\u2009\u200a\u2002\u2003\u202f\u3000~"
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_NOTHING = "\u200b\u200c\u200d\u2060\ufeff\ufe0f\u20e3\u00ad\u200e\u200f"
_LIKE_ASCII = {
    "\u00d7": "*",
    "\u00f7": "/",
    "\u2217": "*",
    "\u22c5": "*",
    "\u00b7": "*",
    "\u2044": "/",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u300c": '"',
    "\u300d": '"',
    "\u300e": '"',
    "\u300f": '"',
    "\u3010": "[",
    "\u3011": "]",
    "\u3001": ",",
    "\u00b0": "",
    "\u2103": "",
    "\u066b": ".",
    "\u066c": ",",
    "\u2248": "\u2248",
    "\u2245": "\u2248",
}
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_DIGITS = {
    first + digit: str(digit)
    for first in (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50)  # Arabic, Persian, Hindi, Bengali, Thai
    for digit in range(10)
}
# `½` becomes ` 1/2`, so that `3½` is a mixed number.
_FRACTIONS = {
    code: " " + unicodedata.normalize("NFKC", chr(code)).replace("\u2044", "/")
    for code in (*range(0xBC, 0xBF), *range(0x2150, 0x215F))
}
_CHARACTERS = (
    _FULL_WIDTH
    | _DIGITS
    | _FRACTIONS
    | str.maketrans(
        dict.fromkeys(_SPACES, " ")
        | dict.fromkeys(_DASHES, "-")
        | dict.fromkeys(_NOTHING, "")
        | _LIKE_ASCII
    )
)
_SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b"
_SUPERSCRIPT = re.compile(f"(?<=[0-9)])[{_SUPERSCRIPTS}]+")
_FROM_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS, "0123456789-")
_DROP_SUPERSCRIPT = str.maketrans(dict.fromkeys(_SUPERSCRIPTS, ""))

_HTML = [
    (re.compile(r"<sup>([^<>]{1,20})</sup>"), r"^{\1}"),
    (re.compile(r"</?(?:b|i|u|em|strong|p|span|div|code|pre|font|h[1-6]|sub|ul|ol|li)>"), " "),
    (re.compile(r"<br ?/?>"), "\n"),
    (re.compile(r"&nbsp;|&#160;"), " "),
    (re.compile(r"&times;"), "*"),
    (re.compile(r"&minus;"), "-"),
    (re.compile(r"&lt;"), "<"),
    (re.compile(r"&gt;"), ">"),
    (re.compile(r"&amp;"), "&"),
]
_NOTES = [
    # GSM8K's calculator annotations; one that no number follows stands for its result.
    (re.compile(r"<<[^<>=]*=([^<>=]*)>>(?![0-9$])"), r"\1"),
    (re.compile(r"<<[^<>]*>>"), ""),
]
_MARKDOWN = [
    (re.compile(r"```[a-zA-Z]{0,12}"), " "),
    (re.compile(r"`|\*\*|(?<!\w)__|__(?!\w)"), " "),
    (re.compile(r"(?<![\w*\\])([*_])([^\s*_](?:[^*_\n]{0,98}[^\s*_])?)\1(?![\w*])"), r"\2"),
]
_LATEX = [
    (re.compile(r"\\\\(?=(?:d|t)?frac|boxed|text|sqrt|pi\b)"), r"\\"),
    (
        re.compile(
            r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mathit|mbox|bf|rm) ?\{([^{}]*)\}"
        ),
        r"\1",
    ),
    (re.compile(r",\\! ?(?=[0-9]{3}(?![0-9]))"), ","),
    (re.compile(r"\\(?:left|right|displaystyle|bigg?|Bigg?)(?![a-zA-Z])|\\!"), ""),
    (re.compile(r"\\([$%&#_])"), r"\1"),
    (re.compile(r"\^ ?(?:\\circ|\{ ?\\circ ?\})|\\degree(?![a-zA-Z])"), ""),
    (re.compile(r"\\(?:[,;: ()\[\]]|q?quad(?![a-zA-Z]))"), " "),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\(?:approx|simeq|sim)(?![a-zA-Z])"), "\u2248"),
    (
        re.compile(r"\\(?:Rightarrow|rightarrow|to|implies|therefore|Longrightarrow)(?![a-zA-Z])"),
        " ",
    ),
    (re.compile(r"\\div(?![a-zA-Z])"), "/"),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\fbox(?![a-zA-Z])"), r"\\boxed"),
]
_ALWAYS = [
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"(?<=[0-9]) ?[xX] ?(?=[0-9])"), "*"),
]


# Of a longer text the beginning and the end are read: there answers stand.
_HEAD, _TAIL = 3_000, 13_000


def window(text: str) -> str:
    """A text's beginning and end; all of one of at most 16,000 characters."""
    if len(text) <= _HEAD + _TAIL:
        return text
    return f"{text[:_HEAD]}\n\n{text[-_TAIL:]}"


def plain(text: str, *, bold: bool = False) -> str:
    """A text without markup; with `bold` the marks of bold text stay."""
    if "~" in text or not text.isascii():
        text = _ascii(text)
    pairs = [*_HTML, *_NOTES] if "<" in text or "&" in text else []
    if "\\" in text:
        pairs += _LATEX
    pairs += _ALWAYS
    for pattern, replacement in pairs:
        text = pattern.sub(replacement, text)
    text = window(text)  # `½` has become four characters
    return text if bold else without_markdown(text)


def without_markdown(text: str) -> str:
    """A text without code fences, bold and italics."""
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return text


def _ascii(text: str) -> str:
    text = _SUPERSCRIPT.sub(lambda found: f"^{{{found[0].translate(_FROM_SUPERSCRIPT)}}}", text)
    return text.translate(_DROP_SUPERSCRIPT).translate(_CHARACTERS)
