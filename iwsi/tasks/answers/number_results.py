"""The result of a sentence: which of its numbers is the answer."""

import re
from itertools import pairwise

from iwsi.tasks.answers.markers import Reading, Silence
from iwsi.tasks.answers.number_roles import (
    IN_BRACKETS,
    is_aside,
    is_joined,
    is_listed,
    is_total,
    rank_of,
    ranks_of,
    tells_a_step,
)
from iwsi.tasks.answers.number_tokens import Token, tokens
from iwsi.tasks.answers.number_values import expression_value, fraction_text
from iwsi.tasks.answers.number_words import NUMBER_WORDS, words_value
from iwsi.tasks.answers.sentences import REFUSAL

_DRESS = r"[\s\"'(\[{*:=≈>|]*(?:\$(?![ ]?[-0-9.\\])[\s\"'(\[{*:=≈>|]*)?"
_VARIABLE = r"(?:\\?[A-Za-z]{1,2}(?:_[A-Za-z0-9]|_\{[^{}]{1,9}\}|\([a-z]\))?[ ]?=[ ]?)?"
_LEAD_WORDS = (
    "that|therefore|thus|so|hence|then|now|simply|just|only|exactly|approximately|approx|about"
    "|around|roughly|nearly|almost|at least|at most|up to|equal to|equals?|equivalent to|also"
    "|probably|likely|most likely|indeed|actually|clearly|yes|no|a total of|total of|day|number"
    "|given by|obtained by|the|is|are|it is|it's|there are|there is|I think|I believe|we get"
    "|we have|answer|final answer|[A-J]\\)|\\([A-J]\\)"
    # in other languages: thus, about, exactly
    "|donc|alors|also|daher|somit|entonces|por tanto|por lo tanto|portanto|então|quindi|dunque"
    "|circa|genau|итак|именно|примерно|ровно|unos|unas|environ|etwa|ungefähr|aproximadamente"
    "|около|约|約"
)
_LEAD = re.compile(
    rf"{_DRESS}(?:(?:{_LEAD_WORDS})(?!\w)[,.]?{_DRESS}){{0,8}}{_VARIABLE}{_DRESS}", re.IGNORECASE
)
_SIGN = re.compile(r"(?:-[ ]?|(?:minus|negative)[ ])(?=[$€£]?[0-9.]|\\frac)", re.IGNORECASE)
# Units and other words; what may tell of another number, or of symbols, is left out.
REST = re.compile(
    r"(?:[^-0-9=+*/^\\<>{}|,;:]|(?<=[A-Za-z ])/(?=[ ]?[A-Za-z])|(?<![0-9])-(?=[A-Za-z])"
    r"|/(?=[A-Za-z])|[.}:)])*+"
)
_POWER_OF_UNIT = re.compile(
    r"(?<![a-z])((?:square |cubic )?(?:[cmkd]?m|ft|in|yd|mi|inch|inches|feet|meters?|metres?"
    r"|units?|s|sec|h|hr))[ ]?\^[ ]?(?:\{-?[1-9]\}|-?[1-9])"
)
_AND_A_HALF = re.compile(r"(?<![0-9./,])([0-9]{1,9}) and (?:a|one) half\b")
_SPACED_SIGN = re.compile(r"(?<=[=({$≈])( ?)- (?=[0-9.\\$])")
_ELLIPSIS = re.compile(r"(?<=[0-9])(?:\.\.\.|\u2026|\\ldots|\\dots)")
_LINK = re.compile(
    r"[ $%)}\]]*(?:[a-zA-Z]{1,20}[ )]+){0,3}"
    r"(?:(?P<equals>=|≈|equals|is equal to)|(?P<operator>[-+*/x]|times|plus|minus"
    r"|(?:divided|multiplied) by)|of)[ $€£({\[]*",
    re.IGNORECASE,
)
_LONGEST_LINK = 60
SYMBOLS = re.compile(
    r"\\(?!(?:frac|boxed|leq?|geq?|lt|gt|ldots|dots|cdots|newline|hline|begin|end|label|tag|underline"
    r"|overbrace|underbrace|phantom|hspace|vspace|color|text[a-z]*|math[a-z]*|small|large|cancel|colon"
    r"|because)(?![a-zA-Z]))[a-zA-Z]+|[π√∞±\u222a]"
)
LONGEST_SENTENCE = 2_000


def prepared(text: str) -> str:
    """A text without powers of units, ellipses and spaces behind signs."""
    text = _ELLIPSIS.sub("", _POWER_OF_UNIT.sub(r"\1", text))
    text = _AND_A_HALF.sub(r"\1 1/2", text)
    return _SPACED_SIGN.sub(r"\1-", text)


def without_lead(sentence: str) -> str:
    """A sentence without the words that may lead to its number."""
    lead = _LEAD.match(sentence)
    return (
        _SIGN.sub("-", sentence[lead.end() if lead else 0 :], count=1)
        if (lead and _SIGN.match(sentence, lead.end()))
        else sentence[lead.end() if lead else 0 :]
    )


def sentence_result(sentence: str, *, worded: bool = False, before: str = "") -> Reading:
    """The result of a sentence: the number that it begins with, or that it concludes with.

    Of several numbers in it the one that the last equation `before` came to is its result.
    """
    sentence = sentence[:LONGEST_SENTENCE]
    body = without_lead(sentence)
    found = tokens(body)
    if not found:
        return _in_words(body) if worded else Silence.NO_ANSWER
    if len(found) > 1 and (clause := _last_clause(sentence)) is not None:
        return sentence_result(clause, before=before)
    if len(found) > 1 and _ASSIGNMENTS.search(sentence):
        return Silence.NO_ANSWER
    if (total := _total(body, found)) is not None:
        return total
    if found[0].start == 0:
        return _leading(body, found, before)
    if SYMBOLS.search(sentence) or REFUSAL.search(sentence):
        return Silence.NO_ANSWER
    value = _shown_result(body, found, before) or _concluding(body, found)
    return Silence.NO_ANSWER if value is None else value


# "x = 3 or x = -3", "x = 3, y = 4"
_ASSIGNMENTS = re.compile(
    r"(?<![A-Za-z])[A-Za-z][ ]?=[ ]?[^=,;]{1,20}(?:,|;|\bor\b|\band\b)\s*[A-Za-z][ ]?="
)
_SO = re.compile(
    r",\s+(?:and\s+)?(?:so|therefore|thus|hence|which means)(?!\s+that\s+\w+ can)\s", re.I
)


def _last_clause(sentence: str) -> str | None:
    """The number after ", so", where there is one."""
    clause = _SO.split(sentence)[-1]
    return clause if len(clause) < len(sentence) and re.search("[0-9]", clause) else None


def _total(body: str, found: list[Token]) -> str | None:
    """The number that a sentence calls the total, where it calls one so."""
    if len(found) < 2 or _EQUALS.search(body):
        return None
    totals = [token for token in found if is_total(body, token)]
    return totals[0].value if len(totals) == 1 else None


def _shown_result(body: str, found: list[Token], before: str) -> str | None:
    """The result of the last equation before a sentence, where the sentence has that number."""
    if len(found) < 2 or _EQUALS.search(body) or (computed := _computed(before)) is None:
        return None
    places = [i for i, token in enumerate(found) if token.value == computed]
    places = [i for i in places if rank_of(body, found[i]) < IN_BRACKETS]
    return computed if places and not is_joined(body, found, places[-1]) else None


def _computed(before: str) -> str | None:
    """The result of the last equation of a text."""
    equals = before.rfind("=")
    if equals < 0:
        return None
    side = prepared(before[equals + 1 : equals + 80].partition("\n")[0].strip())
    found = tokens(side)
    return found[0].value if found and found[0].start <= 1 else None


_MORE_WORDS = re.compile(
    r"[ -](?:of|or|and|to|half|halves|thirds?|quarters?|fourths?|fifths?|tenths?|dozens?|point)\b"
)


def _in_words(body: str) -> Reading:
    """A number in words that a sentence begins with."""
    words = NUMBER_WORDS.match(body)
    if not words or _MORE_WORDS.match(body, words.end()):
        return Silence.NO_ANSWER
    value = words_value(words[0])
    return Silence.NO_ANSWER if value is None else str(value)


def _leading(body: str, found: list[Token], before: str) -> Reading:
    if found[0].value is None or _PART_OF.fullmatch(body):
        return Silence.NO_ANSWER
    chain = equation_value(body, found)
    if chain is not None:
        return chain
    if (equals := _EQUALS.search(body)) and _SUM.fullmatch(body, found[0].end, equals.start()):
        value = _right_hand_side(body, found, list(_EQUALS.finditer(body))[-1].end())
        return Silence.NO_ANSWER if value is None else value
    if is_listed(body, found):
        return Silence.NO_ANSWER
    # "96 potatoes make 576 hash browns" begins with a number that is not its result.
    is_step = len(found) > 1 and tells_a_step(body, found)
    value = found[0].value
    if is_step:
        value = _shown_result(body, found, before) or _concluding(body, found)
    return Silence.NO_ANSWER if value is None else value


def equation_value(body: str, found: list[Token]) -> str | None:
    """The right-hand side where an equation begins with the first of some numbers."""
    sides: list[str] = []
    start = 0
    previous = found[0]
    for token in found[1:]:
        link = _link(body, previous, token)
        if link is None:
            break
        if link["equals"]:
            sides.append(body[start : previous.end])
            start = token.start
        previous = token
    if previous is found[0]:
        return None
    sides.append(body[start : previous.end])
    if any(token.value is None for token in found if start <= token.start < previous.end):
        return None
    for side in reversed(sides):
        inside = tokens(side)
        if len(inside) == 1 and inside[0].start == 0 and inside[0].end == len(side):
            return inside[0].value
        if (value := fraction_text(expression_value(side))) is not None:
            return value
    return None


def are_linked(body: str, found: list[Token]) -> bool:
    """Whether operators and equals signs, and nothing else, stand between all numbers."""
    return all(_link(body, one, other) for one, other in pairwise(found))


def _link(body: str, one: Token, other: Token) -> re.Match[str] | None:
    gap = body[one.end : other.start]
    return _LINK.fullmatch(gap) if len(gap) <= _LONGEST_LINK else None


_PART_OF = re.compile(
    r"[0-9.]{1,9}[ ]?(?:%|percent) of [$€£]?[0-9][0-9,.]{0,20}[ .]*"
)  # 15% of 500
_SUM = re.compile(
    r"(?!.*\b(?:because|since|as|for|from|so)\b)[^,;=\u2248\n]{0,200}\s[-+*/x]\s[^,;=\u2248\n]{0,200}",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"[=≈]|\bequals\b")


def _concluding(body: str, found: list[Token]) -> str | None:
    """The number of a sentence that does not begin with it."""
    equals = [one for one in _EQUALS.finditer(body) if not is_aside(body, one.start())]
    if equals:
        return _right_hand_side(body, found, equals[-1].end())
    ranks = ranks_of(body, found)
    colon = body.find(": ", found[0].end)
    if colon >= 0 and 0 in ranks[: sum(token.end <= colon for token in found)]:
        # "27 balloons: 15 red and 12 green"
        found = [token for token in found if token.end <= colon]
        ranks = ranks[: len(found)]
    best = [i for i, rank in enumerate(ranks) if rank == min(ranks)]
    # Of purposes the first counts: "has to use 2 boxes to pack 16 games".
    position = best[0] if min(ranks) == 1 else best[-1]
    return None if is_joined(body, found, position) else found[position].value


def _right_hand_side(body: str, found: list[Token], start: int) -> str | None:
    right = [token for token in found if token.start >= start]
    if not right:
        left = [token for token in found if token.end <= start]
        return left[-1].value if left else None
    between = body[start : right[0].start]
    if right[0].value is None or len(between) > 40 or re.search(r"[+*/^]", between):
        return None
    rest = body[right[0].start :]
    inside = tokens(rest)
    if is_listed(rest, inside):
        return None
    chain = equation_value(rest, inside) if len(inside) > 1 else None
    return chain if chain is not None else right[0].value
