"""Where a text states its answer: boxes, tags, JSON keys and phrases such as "the answer is"."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from iwsi.tasks.answers.languages import ENGLISH, LANGUAGES, Language


class Form(Enum):
    """How an answer is stated."""

    BOX = auto()
    TAG = auto()  # <answer>…</answer>
    JSON = auto()
    SENTENCE = auto()  # the answer is …
    COLON = auto()  # Answer: …, which a whole solution may follow
    FEW_SHOT = auto()  # A: …, which may also be the option A
    HASHES = auto()  # #### …, which may also be a heading


class Statement(NamedTuple):
    """An answer's statement.

    Attributes:
        form: how it is stated.
        content: the line behind the marker, or what the box, tag or value holds.
        rest: all up to the next statement, `content` included.
        before: what stands right before it.
    """

    form: Form
    content: str
    rest: str
    before: str = ""


class Silence(Enum):
    """Why a statement gives no answer."""

    NO_ANSWER = auto()  # it is one, and none can be read: nothing else may take its place
    NO_STATEMENT = auto()  # it states nothing, as "The answer is correct." does


Reading = str | Silence

# Every pattern here is linear: no repetition borders on another one that could match the same
# characters, or its length is bounded.

NEW_QUESTION = re.compile(
    r"^[ \t#>*]*(?:Question|QUESTION|Q|Problem|PROBLEM) ?[0-9]{0,4} ?:", re.MULTILINE
)

# A new turn of a made-up conversation; it ends a text only where an answer is stated before it.
_HEADINGS = "Instruction|Question|Problem|User|Human|Input"
_QUESTIONS = (
    "(?:Next|Another|New)[ ](?:[Qq]uestion|[Pp]roblem|[Ee]xercise)|Exercise|Pregunta|Frage|Aufgabe"
    "|Domanda|Pergunta|Вопрос|Задача|问题|問題|题目|質問|문제|질문"
)
NEW_TURN = re.compile(
    r"<\|im_start\|>[ ]?user|<\|start_header_id\|>[ ]?user|<start_of_turn>[ ]?user|<\|user\|>"
    r"|\[INST\]|^[ \t>*]*(?:Human|User|USER)[ ]?:"
    rf"|^[ \t>*]*\#{{1,4}}[ ](?:{_HEADINGS})[ ]?[0-9]{{0,4}}[ ]?:?[ \t]*$"
    rf"|^[ \t\#>*]*(?:{_QUESTIONS})[ ]?[0-9]{{0,4}}[ ]?[:\uff1a]",
    re.MULTILINE,
)
# "Now, let's combine all the answers:": what follows answers other questions, too.
SUMMARY = re.compile(
    r"^[^\n]{0,40}\b(?:combin|summar)[a-z]{1,6}[^\n]{0,40}\banswers\b|^[^\n]{0,20}总结[^\n]{0,20}答案",
    re.MULTILINE | re.IGNORECASE,
)

_ADJECTIVES = (
    "final|correct|right|best|closest|likely|probable|appropriate|accurate|suitable|possible|my|our"
    "|your|only|simplified|exact|required|desired|numerical|numeric"
)
_ASIDES = (
    r"(?:\s+(?:therefore|thus|then|now|hence|probably|likely|most likely|simply|clearly|definitely"
    r"|also|indeed|here))?"
)
_SEARCHED = "".join(
    rf"(?<!\b{verb} the )(?<!\b{verb} )"
    for verb in ("find", "get", "give", "check", "calculate", "determine", "reach", "verify", "for")
)


def _english(language: Language) -> str:
    """The answer (to …) is, Answer:, the correct option is, the final result is."""
    verbs = "|".join(re.escape(verb).replace(r"\ ", r"\s+") for verb in language.verbs)
    nouns = "|".join(language.nouns)
    about = r"(?:\s+(?:to|for|of)\s[^.:;\n|]{1,90}?)?"
    return (
        rf"(?P<sentence>\b(?:the|my|our|your|an)\s+(?:most\s+)?(?:(?:{_ADJECTIVES})\s+){{0,2}}(?:{nouns})"
        rf"{about}{_ASIDES}\s+(?:{verbs}){_ASIDES}(?:\s+that)?\b\s*:?"
        rf"|\b(?:(?:{_ADJECTIVES})\s+){{1,2}}(?:{nouns}|options?|choices?|results?|statement){_ASIDES}\s+(?:{verbs})"
        rf"(?:\s+that)?\b\s*:?"
        rf"|\banswer\s+(?:{verbs})\b\s*:?)"
        rf"|(?P<colon>{_SEARCHED}\b(?:{nouns}|final answers"
        r"|(?:final|correct)\s+(?:result|option|choice|solution))"
        rf"(?:\s?\([^()\n]{{0,30}}\))?\s*(?:[:=|]|\s-\s)"
        rf"|\bfinal\s+answers?\b(?=\s*(?:\n|$))|\bans\.(?=\s))"
    )


_NEGATIONS = r"(?:no|not|nicht|pas|non|não|nie|не)\b"


def _spaced(language: Language) -> str:
    nouns, verbs = "|".join(language.nouns), "|".join(map(re.escape, language.verbs)) or "(?!)"
    linked = rf"(?<=\s)(?:{verbs})(?!\w)(?:\s+\w{{4,6}}(?=\s*:))?\s*:?"
    return rf"\b(?:{nouns})\b(?:\s+(?!{_NEGATIONS})\w{{1,15}}){{0,2}}?\s*(?:{linked}|:)"


def _joined(language: Language) -> str:
    nouns, verbs = "|".join(language.nouns), "|".join(language.verbs)
    return rf"(?:{nouns})\s?(?:(?:{verbs})\s?:?|:)"


_OTHER_LANGUAGES = [
    (
        re.compile("|".join(language.nouns)),
        re.compile(_spaced(language) if language.spaced else _joined(language), re.IGNORECASE),
    )
    for language in LANGUAGES
]
_KEYS = "answer|final[ _]?answer|choice|result|label|prediction|option|solution"
_MARKER = re.compile(
    rf"(?P<hashes>(?<!\#)\#{{4}}(?!\#))"
    rf"|(?P<tag><answer>)"
    rf"|(?P<json>[\"'](?:{_KEYS})[\"']\s*:\s*(?![{{\[]))"
    rf"|{_english(ENGLISH)}"
    rf"|(?P<few_shot>^[ \t]*(?-i:A)[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
_BRACE = re.compile(r"\\[{}]|\\boxed ?\{|[{}]")
_BETWEEN_BOXES = re.compile(r"[\s$\\)(\]\[]*(?:,|and|or|,\s*and)?[\s$\\)(\]\[]*", re.IGNORECASE)
_BEFORE_CONTENT = re.compile(r"(?:\s|\.{2,9}|\u2026|\$\$|\\\[|```[a-z]{0,8}|\|)*")
_BULLET = re.compile(r"(?:[-*\u2022]|[0-9][.)])\s+(?=\S)")


class _Found(NamedTuple):
    start: int
    end: int
    form: Form
    content: str | None


def statements(text: str) -> Iterator[Statement]:
    """All statements of an answer in a text, the last one first. Linear in its length."""
    following = len(text)
    for found in sorted([*_boxes(text), *_markers(text)], reverse=True)[:_MOST_STATEMENTS]:
        before = text[max(0, found.start - _BEFORE) : found.start]
        if found.content is not None:
            yield Statement(found.form, found.content, found.content, before)
        else:
            content, rest = _line(text, found.end, max(following, found.end))
            yield Statement(found.form, content, rest, before)
        following = found.start


_BEFORE = 1_500
_MOST_STATEMENTS = 200  # from the end; who states more states nothing


def _line(text: str, start: int, following: int) -> tuple[str, str]:
    """The line that holds something behind a marker, and all up to the next marker."""
    before = _BEFORE_CONTENT.match(text, start, following)
    begin = before.end() if before else start
    if "\n" in text[start:begin] and (bullet := _BULLET.match(text, begin, following)):
        begin = bullet.end()
    end = text.find("\n", begin, following)
    return text[begin : end if end >= 0 else following], text[begin:following]


def _markers(text: str) -> Iterator[_Found]:
    forms = {
        "sentence": Form.SENTENCE,
        "colon": Form.COLON,
        "few_shot": Form.FEW_SHOT,
        "hashes": Form.HASHES,
    }
    for marker in _MARKER.finditer(text):
        group = marker.lastgroup or ""
        start, end = marker.span()
        if group == "tag":
            yield _Found(start, end, Form.TAG, _inside(text, end))
        elif group == "json":
            yield _Found(start, end, Form.JSON, _json_value(text, end))
        else:
            yield _Found(start, end, forms[group], None)
    lowered = text.lower()
    for nouns, phrase in _OTHER_LANGUAGES:
        if not nouns.search(lowered):
            continue  # most texts are in one language
        for marker in phrase.finditer(text):
            form = Form.COLON if marker[0].rstrip().endswith(":") else Form.SENTENCE
            yield _Found(marker.start(), marker.end(), form, None)


def _inside(text: str, start: int) -> str:
    """The text in a tag; a tag that is never closed holds a line."""
    end = text.find("</", start, start + 2_000)
    return (text[start:end] if end >= 0 else text[start : start + 2_000].partition("\n")[0]).strip()


_JSON_VALUE = re.compile(r"\"((?:[^\"\\]|\\.){0,2000})\"|'([^'\n]{0,2000})'|([^,}\n\"]{0,200})")


def _json_value(text: str, start: int) -> str:
    value = _JSON_VALUE.match(text, start)
    return (value[value.lastindex or 0] or "").strip() if value else ""


def _boxes(text: str) -> Iterator[_Found]:
    """The boxes that no other box is around; neighbours joined by "and" or a comma are one."""
    boxes = _single_boxes(text) if r"\boxed" in text else []
    joined: _Found | None = None
    for box in boxes:
        between = text[joined.end : box.start] if joined and box.start - joined.end <= 20 else "."
        if joined and between.strip() and _BETWEEN_BOXES.fullmatch(between):
            content = f"{joined.content}, {box.content}"
            joined = _Found(joined.start, box.end, Form.BOX, content)
            continue
        if joined:
            yield joined
        joined = box
    if joined:
        yield joined


def _single_boxes(text: str) -> list[_Found]:
    """Innermost boxes, so that of a box inside a box the inner one is the answer."""
    boxes: list[_Found] = []
    opened: list[tuple[int, int] | None] = []  # a box's beginnings; None at any other brace
    for brace in _BRACE.finditer(text):
        match brace[0]:
            case "{":
                opened.append(None)
            case "}":
                if opened and (box := opened.pop()) is not None:
                    start, begin = box
                    content = text[begin : brace.start()].strip()
                    if not (boxes and boxes[-1].start > start):
                        boxes.append(_Found(start, brace.end(), Form.BOX, content))
            case r"\{" | r"\}":
                pass
            case _:
                opened.append(brace.span())
    return boxes
