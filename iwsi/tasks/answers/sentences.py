"""Sentences of a text, and those that only comment on an answer or decline to give one."""

import re

# A full stop ends a sentence before a space; that of an abbreviation does not.
SENTENCE_END = re.compile(
    r"\n|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bNo)(?<!\bca)(?<!\bRs)(?<!\bapprox)(?<!\bvs)"
    r"[.!?](?=[\s\"')\]*]|$)|[\u3002\uff01\uff1f]"
)
COMMENT = re.compile(
    r"(?:that |this |it |then |now |therefore |also |indeed )?(?:is |was |seems )?(?:not )?"
    r"(?:correct|right|wrong|incorrect|clear|obvious|reasonable|consistent|valid|verified|found|given"
    r"|obtained|shown|as follows|below|above|the same|simply|based on|derived|expected|sensible"
    r"|plausible|confirmed|in the form|not necessarily|not exact|approximate|not obvious"
    r"|supposed|straightforward)\b"
    r"(?! by| as\b)",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"\b(?:cannot|can't|can not|could not|couldn't|not possible|impossible|unable|not able)\b"
    r".{0,40}\b(?:determin|answer|say|calculat|know|tell|solve|conclu)"
    r"|\b(?:not enough|insufficient|no) (?:information|data|context)\b"
    r"|\bI(?: do not|'m not| am not| don't) (?:know|sure)\b"
    r"|\b(?:is|are|remains?) (?:unknown|unclear|undetermined|indeterminate|undefined|not known)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the marks that end them; none is empty."""
    parts = []
    begin = 0
    for end in SENTENCE_END.finditer(text):
        parts.append(text[begin : end.start()])
        begin = end.end()
    parts.append(text[begin:])
    return [stripped for part in parts if (stripped := part.strip())]


def is_question(text: str) -> bool:
    """Whether a text's first sentence asks."""
    end = SENTENCE_END.search(text)
    return end is not None and end[0] in "?\uff1f"


def first_sentence(text: str) -> str:
    """The first sentence of a text."""
    end = SENTENCE_END.search(text)
    return text[: end.start()].strip() if end else text.strip()
