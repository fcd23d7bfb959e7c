"""Features of a prompt: its length, numbers, symbols, options and kinds of words."""

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# An option is a line of its own that opens with (A) or A), or an entry of a list such as 'A)…'.
_OPTION = re.compile(r"(?:^\s*\(?|['\"])([A-P])[).]\s*(.*?)(?=\n|['\"],|['\"]\]|$)", re.MULTILINE)
_CODE = re.compile(r"\b(?:def|return|class|import|for|while|int|str|float|bool|list|dict)\b|>>>")
_KINDS = {
    "number_words": "one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy"
    " eighty ninety hundred thousand million billion dozen half third quarter twice double triple",
    "rates": "each every per times twice half double triple ratio rate percent average share"
    " equally total altogether remaining left more less fewer than",
    "conditions": "if then when unless suppose assume given while before after until because since"
    " therefore however although",
    "negations": "not no never none except neither nor without false incorrect least",
    "question_words": "what which who whom whose when where why how",
}
_WORDS = {kind: frozenset(words.split()) for kind, words in _KINDS.items()}


def surface_covariates(prompts: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """The names and values (N, C) of what is counted on N prompts.

    Counts are taken as log(1 + count), so that a prompt twice as long differs by as much wherever
    it starts; shares are as they are.
    """
    rows = [_measure(prompt) for prompt in prompts]
    names = list(rows[0]) if rows else []
    return names, np.array([[row[name] for name in names] for row in rows], np.float64)


def _measure(text: str) -> dict[str, float]:
    words = _WORD.findall(text)
    lower = [word.lower() for word in words]
    numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(text)]
    options = [body for _, body in _OPTION.findall(text)]
    options = options if len(options) > 1 else []
    first = _OPTION.search(text) if options else None
    stem = text[: first.start()] if first else text
    counts = _counts(text, words, lower, numbers) | {
        "options": len(options),
        "option_characters": sum(map(len, options)),
        "stem_words": len(_WORD.findall(stem)),
        "stem_numbers": len(_NUMBER.findall(stem)),
    }
    measured = {name: float(np.log1p(count)) for name, count in counts.items()}
    return measured | _shares(text, words, lower, numbers) | _of_options(options)


def _counts(
    text: str, words: list[str], lower: list[str], numbers: list[float]
) -> dict[str, float]:
    kinds = {kind: sum(word in of for word in lower) for kind, of in _WORDS.items()}
    return kinds | {
        "characters": len(text),
        "words": len(words),
        "distinct_words": len(set(lower)),
        "sentences": len(re.findall(r"[.!?](?:\s|$)", text)),
        "lines": text.count("\n"),
        "numbers": len(numbers),
        "distinct_numbers": len(set(numbers)),
        "largest_number": float(np.log1p(min(max(numbers, default=0), 1e12))),
        "decimals": len(re.findall(r"\d\.\d", text)),
        "question_marks": text.count("?"),
        "commas": text.count(","),
        "operators": len(re.findall(r"[-+*/=<>^\u00d7\u00f7]", text)),
        "percent_and_money": len(re.findall(r"[%$€£¢]", text)),
        "brackets": len(re.findall(r"[()\[\]{}]", text)),
        "latex": len(re.findall(r"\\[A-Za-z]+|[_^]\{", text)),
        "code": len(_CODE.findall(text)),
        "names": len(re.findall(r"(?<=[a-z,;] )[A-Z][a-z]+", text)),
        "compressed": len(zlib.compress(text.encode(), 9)),
    }


def _shares(
    text: str, words: list[str], lower: list[str], numbers: list[float]
) -> dict[str, float]:
    def share(holds: Callable[[str], bool], of: Sequence[str]) -> float:
        return sum(map(holds, of)) / max(len(of), 1)

    return {
        "word_length": sum(map(len, words)) / max(len(words), 1),
        "long_words": share(lambda word: len(word) > 8, words),
        "distinct_share": len(set(lower)) / max(len(lower), 1),
        "digit_share": share(str.isdigit, text),
        "capital_share": share(str.isupper, text),
        "symbol_share": share(lambda c: not (c.isalnum() or c.isspace()), text),
        "whole_numbers": sum(n.is_integer() for n in numbers) / max(len(numbers), 1),
    }


def _of_options(options: list[str]) -> dict[str, float]:
    lengths = [len(option) for option in options]
    numeric = [bool(re.match(r"[-+$]?\s*[\d.]", option)) for option in options]
    return {
        "numeric_options": sum(numeric) / max(len(options), 1),
        "option_spread": float(np.std(np.log1p(lengths))) if lengths else 0.0,
    }
