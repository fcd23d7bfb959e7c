"""Choices: the letters A to J, with any markup; negated ones and alternatives are none."""

import re
from collections import deque
from collections.abc import Iterable

from iwsi.tasks.answers.cleaning import without_markdown
from iwsi.tasks.answers.languages import LANGUAGES
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.sentences import COMMENT, first_sentence, sentences

_OPEN, _SHUT = r"[(\[{<\"'*$_]{0,3}", r"[)\]}>\"'*$_]{0,3}"
_ONE = rf"{_OPEN}[A-J]{_SHUT}(?![\w'])"
_NAMED = (
    r"(?:(?:the\s+)?(?:options?|choices?|answers?|letters?|statements?|alternatives?|opción|la)"
    r"\s+){0,2}"
)
# A letter where an answer is expected: its markup, or what follows, tells it from the article and
# the pronoun.
_FIRST = re.compile(
    rf"{_OPEN}\s?(?P<letter>[A-J])\s?"
    r"(?P<shut>[)\]}>\"'*$_.:,;]{1,4}(?!\w)|\s*$|\s+[-\u2014=(]|\s*\n"
    r"|(?=\s+(?:because|since|as|for|not|but|which|with|rather|instead|over|is|it)\b)"
    r"|(?=[^\x00-\x7f\w]|[\u3000-\u9fff\uac00-\ud7af]))"
    rf"|{_OPEN}(?P<small>[a-j])(?:[)\]}}>\"'*$_.]{{1,4}}(?!\w)|\s*$)"
    r"|(?P<spaced>[B-HJ])(?=\s)"
)
_ARTICLE = re.compile(r"(?P<spaced>A)(?=\s+[a-z])")
_LEAD = re.compile(
    r"[\s\"'*:=>|]*(?:(?:that|therefore|thus|so|probably|definitely|clearly|most likely"
    r"|likely|indeed"
    r"|simply|also|only|just|it is|it's|is|I think|I believe|option|choice|answer|letter|the letter"
    r"|the option"
    r"|statement|la|el|final answer|opción|选项|選項|either|both)(?!\w)[\s\"'*:,=]*){0,6}",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\s*(?:,|;|/|&|\b(?:or|and|und|oder|y|o|et|ou|e|и|или|nor)\b|和|或|、|및)\s*"
    rf"(?:(?:or|and|maybe|perhaps|possibly|even|also)\s+)?{_NAMED}{_ONE}",
)
_MORE = rf"(?:\s*(?:,|/|\b(?:or|nor|and)\b)\s*(?:(?:or|and|nor)\s+)?{_NAMED}{_ONE}){{0,9}}"
_NEGATED = re.compile(
    r"(?:\b(?:not|nor|neither|no es|n'est pas|ist nicht|non è|não é|rather than|instead of|unlike"
    r"|than|except|non|nicht|pas|не|cannot be|can't be)\s+"
    rf"|n't\s+|不是|并非|非)(?:(?:be|just|simply|the|both|either)\s+)?{_NAMED}{_ONE}{_MORE}",
    re.IGNORECASE,
)
_WRONG = re.compile(
    rf"{_NAMED}{_ONE}(?:{_MORE})\s*[,:]?\s+(?:is|are|was|were|would be|seems?)\s+"
    r"(?:(?:both|all|clearly|also)\s+)?"
    r"(?:not|n't|wrong|incorrect|out|false|invalid|eliminated|ruled|too|unlikely|irrelevant)\b"
)
_TOKEN = re.compile(
    rf"(?<![\w\\])[(\[{{<]\s?(?P<bracketed>[A-J])\s?[)\]}}>]"
    rf"|\b(?:option|choice|answer|letter)s?\s+{_OPEN}(?P<named>[A-J]){_SHUT}(?![\w'])"
    r"|(?<![\w('.$\\{^])(?P<shut>[A-J])\)"
    r"|(?<!\w)\$\s?(?P<dollar>[A-J])\s?\$|(?<!\w)[\"'`](?P<quoted>[A-J])[\"'`.](?!\w)"
    r"|(?:\b(?:is|be|are|with|choose|pick|select|say|guess|but|so|thus|therefore|hence)|'s|选|選)"
    r"[\s:,]*(?P<said>[B-HJ])"
    r"(?![\w'(])(?!\s[=<>+*/])"
    r"|\b(?:is|be|with|choose|pick|select|but)\s+(?P<article>A)"
    r"(?=[.,;:)]|\s*$|\s(?:because|since|as)\b)"
)
_CHOOSE = "|".join(word for language in LANGUAGES for word in language.choose)
_VERDICT = (
    r"(?:is|would be|must be|seems|appears to be|should be|has to be)\s+"
    r"(?:(?:the|most|likely|clearly|therefore|also|probably|a)\s+){0,3}"
    r"(?:correct|right|best|answer|closest|true|accurate|suitable|appropriate|likely)"
)
_BEFORE_BARE = (
    "options?|choices?|answer|letter|so|thus|therefore|hence|that|then|and|but|think|believe|only"
    "|since|because"
)
_CONCLUSION = re.compile(
    r"\b(?:choose|pick|select|guess|go with|opt for|answer with|say|chose|selected|going with)\s+"
    rf"{_NAMED}{_OPEN}(?P<chosen>[A-J])(?![\w']){_SHUT}(?!\s+[a-z]{{3,}}\s+[a-z])"
    rf"|\b(?:choose|pick|select|go with|opt for|chose)\s+{_NAMED}(?P<picked>[B-HJ])(?![\w'])"
    # A bare letter behind a noun, as in "vitamin C", is no option.
    rf"|(?:^|[.,:;!?]\s*|\b(?i:{_BEFORE_BARE})\s+)(?P<bare>[A-J])\s+(?:it is\b|{_VERDICT})"
    rf"|(?:[(\[](?P<right>[A-J])[)\]]|(?<![\w('.])(?P<shut>[A-J])[).:])\s+(?:it is\b|{_VERDICT})"
    rf"|\b(?:must|should|has to|would|will|can only)\s+be\s+{_NAMED}{_OPEN}"
    rf"(?P<must>[B-HJ]|A(?!\s+[a-z])){_SHUT}(?![\w'])"
    rf"|\b(?i:option|choice|answer)\s*:?\s+{_OPEN}(?P<named>[A-J]){_SHUT}(?![\w'])"
    rf"|(?:{_CHOOSE})(?:项|項)?\s?{_OPEN}(?P<foreign>[A-J]){_SHUT}(?![\w'])",
    re.MULTILINE,
)
_BRACKETED = re.compile(r"(?:[(\[]\s?|(?<![\w('.]))([A-J])\s?[)\]]")
_BEHIND = re.compile(
    r"\b(?:because|since|as|while|whereas|which|due|but|over|against|though|although|for)\b|[;~]"
)
_LIST_LINE = re.compile(r"^[ \t>*-]*[(\[]?([A-J])[)\].:][)\]]?[ \t]*\S.{0,400}$", re.MULTILINE)
_LIST_INLINE = re.compile(r"[(\[]([A-J])[)\]]\s?[^()\[\].\n]{1,80}(?=[(\[][A-J][)\]]|$)")
_WORDS = {"entailment": "A", "neutral": "B", "contradiction": "C"}
_WORD = re.compile(
    r"[\"'(*]*(entailment|neutral|contradiction)\b(?![ -]?(?:or|and|/))", re.IGNORECASE
)
_LONGEST_SENTENCE = 2_000
_EMPTY = " \n*:|$.()[]{}<>_-"


def gold(text: str) -> str | None:
    """A letter with its markup, or with its option's text behind a mark: `b`, `(b)`, `B. metal`."""
    return alone(text)


def alone(text: str) -> str | None:
    """The letter of an answer that stands alone."""
    text = re.sub(r"^(?:option|choice|answer)\s+", "", text.strip(), flags=re.IGNORECASE)
    found = _FIRST.match(text)
    if found is None or found["spaced"] or _JOINED.match(text, found.end()):
        return None
    if re.match(r"\s*[A-J](?![\w'])", text[found.end() :]):  # "A B D"
        return None
    if (
        found["shut"] is not None
        and re.fullmatch(r"[,;]+", found["shut"])
        and _HAS_LETTER.match(text, found.end())
    ):
        return None
    return (found["letter"] or found["small"]).upper()


_HAS_LETTER = re.compile(rf"\s*(?:(?:or|and)\s+)?{_ONE}")


def stated(statement: Statement) -> Reading:
    """The letter that a statement gives."""
    content = statement.content.strip()
    if not content.strip(_EMPTY):
        return Silence.NO_STATEMENT
    if statement.form is Form.BOX:
        return _boxed(content)
    answer = _statement_answer(content, mid_sentence=statement.form is Form.SENTENCE)
    if isinstance(answer, str):
        return answer
    match statement.form:
        case Form.FEW_SHOT | Form.HASHES:
            return Silence.NO_STATEMENT
        case Form.COLON:
            first = first_sentence(content[:_LONGEST_SENTENCE])
            found = None if _letters(first) else unmarked(statement.rest)
            return answer if found is None else found
        case Form.SENTENCE if COMMENT.match(content):
            return Silence.NO_STATEMENT
    return answer


def _boxed(content: str) -> Reading:
    content = content.strip(" $\\{}")
    if (letter := alone(content)) is not None:
        return letter
    if _JOINED.match(content, 1) or re.fullmatch(r"[A-J]{2,}", content):
        return Silence.NO_ANSWER
    return Silence.NO_STATEMENT  # the value of an option


def _statement_answer(content: str, *, mid_sentence: bool) -> Reading:
    sentence = _without_rejected((sentences(content[:_LONGEST_SENTENCE]) or [""])[0])
    lead = _LEAD.match(sentence)
    start = lead.end() if lead else 0
    first = _FIRST.match(sentence, start)
    if first is None and mid_sentence:
        first = _ARTICLE.match(sentence, start)
    if first is not None:
        letter = first["letter"] if first.re is _FIRST and first["letter"] else None
        letter = letter or first["spaced"] or first["small"]
        end = first.start() + first[0].upper().find(letter.upper()) + 1
        if _JOINED.match(sentence[end:].lstrip(")]}>\"'*$_")):
            return Silence.NO_ANSWER
        others = _BRACKETED.findall(_BEHIND.split(sentence[end:], maxsplit=1)[0])
        if set(others) - {letter.upper()}:
            return Silence.NO_ANSWER  # "(A) shelf (B) drawer"
        return letter.upper()
    letters = _letters(sentence)
    if len(letters) == 1:
        return letters.pop()
    if not letters and (word := _WORD.match(sentence, start)):
        return _WORDS[word[1].lower()]
    return Silence.NO_ANSWER


def _letters(sentence: str) -> set[str]:
    return {found[found.lastindex or 0] for found in _TOKEN.finditer(sentence)}


def _without_rejected(text: str) -> str:
    """A text without the letters that it says are not the answer."""
    return _WRONG.sub(" ~ ", _NEGATED.sub(" ~ ", text))


def unmarked(text: str) -> str | None:
    """The letter of a text's last conclusion, of its beginning, or of its last sentence."""
    text = _without_options(without_markdown(text)).strip()
    if not text:
        return None
    kept = _without_rejected(text)
    if conclusion := _last(_CONCLUSION.finditer(kept)):
        letter = conclusion[conclusion.lastindex or 0]
        return None if _JOINED.match(kept, conclusion.end()) else letter
    line = kept.partition("\n")[0].replace("~", " ").strip(" .")
    if (letter := alone(line)) is not None:
        return letter
    if (word := _WORD.match(line)) and len(text) < 60:
        return _WORDS[word[1].lower()]
    ends = sentences(kept[-20_000:])
    if ends and re.fullmatch(rf"{_OPEN}[A-J]{_SHUT}", ends[-1]):
        return alone(ends[-1])
    for sentence in reversed(ends):
        if letters := _letters(sentence):
            return letters.pop() if len(letters) == 1 else None
    return None


def _last(found: Iterable[re.Match[str]]) -> re.Match[str] | None:
    tail = deque(found, maxlen=1)
    return tail[0] if tail else None


def _without_options(text: str) -> str:
    """A text without lists of options that only repeat the question's."""
    for pattern in (_LIST_LINE, _LIST_INLINE):
        run: list[re.Match[str]] = []
        runs = []
        for found in pattern.finditer(text):
            if run and ord(found[1]) == ord(run[-1][1]) + 1 and found.start() - run[-1].end() < 3:
                run.append(found)
            else:
                run = [found] if found[1] == "A" else []
                if run:
                    runs.append(run)
        for run in reversed([run for run in runs if len(run) > 1]):
            text = text[: run[0].start()] + " " + text[run[-1].end() :]
    return text
