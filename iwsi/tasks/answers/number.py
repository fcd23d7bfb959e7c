"""Numbers: where a sentence states one, and which texts are not a single number."""

import re

from iwsi.tasks.answers.cleaning import without_markdown
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.number_results import (
    LONGEST_SENTENCE,
    REST,
    SYMBOLS,
    are_linked,
    equation_value,
    prepared,
    sentence_result,
    without_lead,
)
from iwsi.tasks.answers.number_roles import is_listed, tells_a_step
from iwsi.tasks.answers.number_tokens import Token, tokens
from iwsi.tasks.answers.number_values import expression_value, fraction_text
from iwsi.tasks.answers.number_words import NUMBER_WORDS, words_value
from iwsi.tasks.answers.sentences import COMMENT, REFUSAL, first_sentence, sentences


def gold(text: str) -> str | None:
    """A number that stands alone: with its sign, currency, unit or percent, and nothing else."""
    text = _SPLIT_DECIMALS.sub(r"\1.\2", text.strip())
    # Whether a point or a comma is the decimal one is for the person to say.
    # So is the unit of a time: 2.5 years are 30 months.
    if _SCALED.search(text) or _DECIMAL_COMMA.search(text) or DURATION.search(text):
        return None
    return alone(text)


# "0. 98" in scanned files.
_SPLIT_DECIMALS = re.compile(r"^(-?[0-9]+)\. ([0-9]+)(?=\W*$)")
_DECIMAL_COMMA = re.compile(
    r"(?<![0-9,])[0-9]+,[0-9]{1,2}(?![0-9,])|[0-9]\.[0-9]{3}(?:,|\.[0-9]{3})"
)
DURATION = re.compile(
    r"[0-9})][ ~\\$]*(?:\\?(?:mathrm|text) ?\{[~ ]*)?"
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|yrs?)(?![\w/^])",
    re.IGNORECASE,
)
_SCALED = re.compile(r"[0-9)] ?(?:hundred|thousand|[mbtr]{1,2}illion|lakh|crore|mn|bn)s?\b", re.I)


def alone(text: str) -> str | None:
    """The number of an answer that holds no other thing, canonical."""
    text = prepared(text.strip()).rstrip(" .\n")
    if text.count("$") % 2 and text.endswith("$"):
        text = text[:-1].rstrip(" .")
    body = without_lead(text)
    found = tokens(body) if len(body) <= LONGEST_SENTENCE else _bounded(body)
    if found and found[0].start == 0 and len(found) == 1:
        rest = REST.fullmatch(body, found[0].end)
        return found[0].value if rest and not _HYPHEN.match(body, found[0].end) else None
    if len(found) > 1 and "=" in body and not SYMBOLS.search(body):
        value = equation_value(body, found)
        return value if REST.fullmatch(body, found[-1].end) and are_linked(body, found) else None
    if not found and (words := NUMBER_WORDS.fullmatch(body.rstrip(" .!'\""))):
        spelled = words_value(words[0])
        return None if spelled is None else str(spelled)
    return fraction_text(expression_value(body)) if "," not in body or found else None


_HYPHEN = re.compile(r"-[A-Za-z]")


def _bounded(body: str) -> list[Token]:
    """One long literal at the most: more of them are no single number anyway."""
    found = tokens(body[:LONGEST_SENTENCE])
    return tokens(body) if len(found) <= 1 else found


def stated(statement: Statement) -> Reading:
    """The number that a statement gives."""
    content = prepared(statement.content).strip()
    match statement.form:
        case Form.BOX | Form.TAG | Form.JSON:
            return _held(content)
        case Form.HASHES:
            return _hashes(content)
        case _:
            return _statement_answer(content, statement)


def unmarked(text: str) -> str | None:
    """The result of the last sentence that holds a number, or of bold text in its line."""
    lines = text.split("\n")
    while lines:
        line = _NUMBERING.sub("", lines.pop())
        if not _DIGIT.search(line):
            if REFUSAL.search(line):
                return None
            continue
        if len(line) > 50_000:
            line = line[-50_000:]
        for bold in reversed(_BOLD.findall(line)):
            if _DIGIT.search(bold):
                return _answer(sentence_result(prepared(bold), before=_last_lines(lines)))
        line = prepared(without_markdown(line)).strip()
        if _ASIDE.fullmatch(line):
            continue
        parts = sentences(line)
        while parts:
            sentence = parts.pop()
            if REFUSAL.search(sentence):
                return None
            if _DIGIT.search(sentence):
                before = " ".join([*_last_lines(lines).split("\n"), *parts])
                return _answer(sentence_result(sentence, before=before))
    return None


def _answer(reading: Reading) -> str | None:
    return reading if isinstance(reading, str) else None


def _last_lines(lines: list[str]) -> str:
    return "\n".join(line[-500:] for line in lines[-12:])


_NUMBERING = re.compile(
    r"^[\s>#*-]*(?:Step\s[0-9]{1,3}\s?[:.)-]|[0-9]{1,2}[.)](?=\s+\S))", re.IGNORECASE
)


_DIGIT = re.compile(r"[0-9]")
_BOLD = re.compile(r"\*\*([^*\n]{1,400})\*\*")
_ASIDE = re.compile(r"[(\[].*[)\]]\.?")


def _held(content: str) -> Reading:
    """The number in a box, a tag or a JSON value."""
    if not content.strip(" {}$"):
        return Silence.NO_STATEMENT
    if (value := alone(content)) is not None:
        return value
    if SYMBOLS.search(content) or len(content) < 20:
        return Silence.NO_ANSWER
    result = sentence_result(content)
    return result if isinstance(result, str) else Silence.NO_ANSWER


_HEADING = re.compile(r"[0-9]+[.):]\s+\S|[^0-9]*[A-Za-z]{3}")


def _hashes(content: str) -> Reading:
    r"""`#### 5` states an answer; a heading such as `#### Step 2: Add` does not."""
    if _HEADING.match(content) or len(content.split()) > 6:
        return Silence.NO_STATEMENT
    value = alone(content)
    if value is None:
        return Silence.NO_ANSWER if _DIGIT.search(content) else Silence.NO_STATEMENT
    return value


def _statement_answer(content: str, statement: Statement) -> Reading:
    sentence = first_sentence(content)[:LONGEST_SENTENCE]
    opener = statement.form in (Form.COLON, Form.FEW_SHOT)
    if not sentence.strip(" *:|$."):
        return Silence.NO_STATEMENT
    body = without_lead(sentence)
    found = tokens(body)
    leads = bool(found) and found[0].start == 0
    more = len(statement.rest.strip()) > len(sentence) + 3
    # A step such as "y = 12 + z" is no answer either.
    is_step = (
        not leads or found[0].value is None or tells_a_step(body, found) or is_listed(body, found)
    )
    opens = opener and more and is_step
    if opens and _ends_in_solution(statement.rest, sentence):
        # The marker opens a whole solution, whose end is its answer.
        answer = unmarked(f"{statement.before}\n{statement.rest}")
        return answer if answer is not None else Silence.NO_ANSWER
    if COMMENT.match(sentence) and not leads:
        return Silence.NO_STATEMENT
    return sentence_result(sentence, worded=True, before=statement.before)


def _ends_in_solution(rest: str, first: str) -> bool:
    return bool(_DIGIT.search(rest, rest.find(first) + len(first)))
