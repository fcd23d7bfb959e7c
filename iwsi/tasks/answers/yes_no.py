"""Yes or no, true and false among them; the determiner in "no problem" is no answer."""

import re
from collections import deque

from iwsi.tasks.answers.cleaning import without_markdown
from iwsi.tasks.answers.languages import ENGLISH, LANGUAGES
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.sentences import COMMENT, REFUSAL, sentences

_ALL = (ENGLISH, *LANGUAGES)
_MEANS_YES = frozenset(word for language in _ALL for word in language.yes)
_MEANS_NO = frozenset(word for language in _ALL for word in language.no)
_WORDS = "|".join(sorted(map(re.escape, _MEANS_YES | _MEANS_NO), key=len, reverse=True))
# Behind the word "no" these begin a clause; any other word makes it a determiner.
_CLAUSE = (
    "because|since|as|it|they|he|she|we|you|i|the|this|that|there|these|those|a|an|but|and|so|if|not|its"
    "|for|due|although|though|in|at|according"
)
_BEHIND = rf"(?![\w'\u2019-]|\s+(?!(?:{_CLAUSE})\b)[a-z])"
_LETTERS = frozenset("yn")
_FIRST = re.compile(rf"(?P<not>not\s+)?(?P<word>{_WORDS})(?![\w'\u2019/-])", re.IGNORECASE)
_DETERMINER = re.compile(rf"\s+(?!(?:{_CLAUSE})\b)[^\W\d_]", re.IGNORECASE)
_LEAD = re.compile(
    r"[\s\"'*:=>|({\[\u2022-]*(?:(?:that|therefore|thus|so|hence|probably|definitely|clearly"
    r"|most likely|likely|indeed|simply|also|actually|it is|it's|this is|that is|is|a|an"
    r"|the statement is|the claim is|final answer|most probably|almost certainly|certainly"
    r"|ultimately|again|still|in fact|I think|I believe)(?!\w)"
    r"[\s\"'*:,=({\[]*){0,6}",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"\b(?:yes|true)\b[\s\"'*]*(?:,?\s?(?:or|and|nor)\s|/|\|)[\s\"'*]*(?:no|false)\b"
    r"|\b(?:no|false)\b[\s\"'*]*(?:,?\s?(?:or|and|nor)\s|/|\|)[\s\"'*]*(?:yes|true)\b|\byes-or-no\b",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"(?:\b(?:so|therefore|thus|hence|then|overall|conclusion|answer|finally|ultimately)\b|=>|\u2192)"
    r"[,:]?\s+(?:it is\s+|that is\s+)?"
    rf"(?P<word>yes|no|true|false){_BEHIND}",
    re.IGNORECASE,
)
_JUDGEMENT = re.compile(
    r"\b(?:statement|claim|it|this|that|sentence|assertion|hypothesis|premise|answer)"
    r"(?:\s[\"'][^\"'\n]{1,120}[\"'])?(?:\s+(?:is|was|would be)|'s)(?P<not>n't|\s+not)?\s+"
    r"(?:(?:also|indeed|clearly|therefore|probably|likely|most likely)\s+)?"
    r"(?P<word>true|false|correct|incorrect)\b(?!\s+(?:or|and)\b)",
    re.IGNORECASE,
)
_LONGEST_SENTENCE = 2_000


def gold(text: str) -> str | None:
    """Yes or no that stands alone; 1 and 0 as in files of pairs."""
    return {"1": "yes", "0": "no"}.get(text.strip()) or alone(text)


def alone(text: str) -> str | None:
    """Yes or no where that stands alone."""
    word = text.strip(" \t\n.,!;:\"'()[]{}*$`\u3002").lower()
    if word in _MEANS_YES:
        return "yes"
    return "no" if word in _MEANS_NO else None


def stated(statement: Statement) -> Reading:
    """The yes or no that a statement gives."""
    content = statement.content.strip()
    if not content.strip(" *:|$."):
        return Silence.NO_STATEMENT
    if (answer := alone(content)) is not None:
        return answer
    reading = _statement_answer(content)
    if isinstance(reading, str):
        return reading
    match statement.form:
        case Form.HASHES | Form.BOX:
            return Silence.NO_STATEMENT
        case Form.COLON | Form.FEW_SHOT if len(statement.rest.strip()) > len(content):
            found = unmarked(statement.rest)
            return reading if found is None else found
        case Form.SENTENCE if COMMENT.match(content):
            return Silence.NO_STATEMENT
    return reading


def _statement_answer(content: str) -> Reading:
    sentence = (sentences(content[:_LONGEST_SENTENCE]) or [""])[0]
    if _EITHER.search(sentence):
        return Silence.NO_ANSWER
    if (answer := _leading(sentence)) is not None:
        return answer
    if judgement := _JUDGEMENT.search(sentence):
        return _polarity(judgement)
    return Silence.NO_ANSWER


def _leading(sentence: str) -> str | None:
    """The yes or no that a sentence begins with."""
    lead = _LEAD.match(sentence)
    found = _FIRST.match(sentence, lead.end() if lead else 0)
    if found is None or (_DETERMINER.match(sentence, found.end()) and _may_be_more(found)):
        return None
    return _polarity(found)


def _may_be_more(found: re.Match[str]) -> bool:
    """Whether the word behind may belong to it: "no problem", "correct answers", "ja gut"."""
    return found["word"].lower() not in {"yes", "true", "false", "yeah", "nope"}


def _polarity(found: re.Match[str]) -> str:
    means_yes = found["word"].lower() in _MEANS_YES
    negated = "not" in found.groupdict() and found["not"] is not None
    return "yes" if means_yes != negated else "no"


def unmarked(text: str) -> str | None:
    """The yes or no of a text's conclusion, of its beginning, or of its last sentence."""
    text = without_markdown(text).strip()
    if len(text) > 100_000:
        text = text[:50_000] + "\n" + text[-50_000:]
    if (answer := alone(text)) is not None:
        return answer
    text = _EITHER.sub(" ", text)
    if conclusions := deque(_CONCLUSION.finditer(text), maxlen=1):
        return _polarity(conclusions[0])
    parts = [_NUMBERING.sub("", part) for part in sentences(text)]
    if not parts:
        return None
    if (answer := _at_the_beginning(parts[0])) is not None:
        return answer
    for sentence in (parts[-1], parts[0]):
        if judgement := _JUDGEMENT.search(sentence):
            return _polarity(judgement)
    for sentence in reversed(parts[-20:]):
        if (answer := _at_the_beginning(sentence)) is not None:
            return answer
    return _of_conclusion(parts)


def _at_the_beginning(sentence: str) -> str | None:
    found = _FIRST.match(sentence.lstrip(" :\"'*([-"))
    if found is None or found["word"].lower() in _LETTERS:
        return None
    stripped = sentence.lstrip(" :\"'*([-")
    if _DETERMINER.match(stripped, found.end()) and _may_be_more(found):
        return None
    return _polarity(found)


_NUMBERING = re.compile(
    r"^(?:[-*\u2022]\s|[0-9]{1,2}[.)]\s|Step [0-9]{1,2}:\s|Answer:\s|A:\s){1,3}", re.IGNORECASE
)
_CONCLUDES = re.compile(
    r"\b(?:so|therefore|thus|hence|in conclusion|conclusion|overall|consequently|as a result"
    r"|based on|given|in summary|ultimately|in short|it can be concluded|as such|finally|this means"
    r"|appears|it seems|it is (?:clear|safe))\b",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"\bit is (?:(?:very|highly|most|also|not) )?(?:likely|unlikely|possible|impossible)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 4
_NOT = re.compile(
    r"\b(?:not|cannot|never|unlikely|impossible|neither|nor|incapable|unable|improbable|no)\b|n't\b",
    re.IGNORECASE,
)


def _of_conclusion(parts: list[str]) -> str | None:
    """Whether the last sentence that concludes affirms or denies."""
    last = parts[-1]
    if REFUSAL.search(last):
        return None
    concluding = last if _CONCLUDES.search(last) else None
    concluding = concluding or next(
        (part for part in reversed(parts[-20:]) if _LIKELY.search(part)), None
    )
    if concluding is None or len(concluding.split()) < _FEWEST_WORDS or "?" in concluding:
        return None
    return "no" if _NOT.search(concluding) else "yes"
