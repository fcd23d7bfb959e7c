"""The role of a number in its sentence: a main one, one set aside, or a part of a list."""

import re

from iwsi.tasks.answers.number_tokens import Token

_LONGEST_GAP = 60
_JOINS = re.compile(
    r"(?:\b(?:and|or|to|und|oder|bis|y|o|et|ou|à|e|и|или|through|and then)|[-,;/&~]|\bto about"
    r"|和|或|至|到|と)\s*[$€£(\[{]*\s*",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"[\s$%)}\]°]*(?:[A-Za-z.%]{1,15}\s+){0,2}?[A-Za-z.%]{0,15}\s*"
    r"(?:(?<!\w)(?:and|or|to|und|oder|bis|y|o|et|ou|e|и|или|through)\s|[-;/&~,]|和|或|至|到|と)[\s$€£(\[{]*",
    re.IGNORECASE,
)
_COMPOUND = re.compile(
    r"[\s$)}%]*(?:(?:and\s+)?(?:feet|foot|ft|yards?|yd|miles?|hours?|hrs?|h|minutes?|mins?|m|seconds?"
    r"|pounds?|lbs?|stones?|ounces?|kg|km|g|meters?|metres?|centimeters?|years?|months?|weeks?|days?"
    r"|dollars?|euros?|pounds|degrees|gallons?|quarts?|cups?|dozens?)\b[.,]?\s*(?:and\s+)?)?[\s$]*",
    re.IGNORECASE,
)


def is_listed(body: str, found: list[Token]) -> bool:
    """Whether another number is joined to the first one: a list, a range, "2 feet 3 inches"."""
    if len(found) < 2 or _ADJECTIVE.match(body, found[1].end):
        return False
    gap = body[found[0].end : found[1].start]
    if len(gap) > 40:
        return False
    return bool(_JOINED.fullmatch(gap) or _COMPOUND.fullmatch(gap))


_ARTICLES = (
    r"(?:(?:the|a|an|all|these|those|his|her|their|its|only|about|around|of|first|last|next|other"
    r"|remaining|rest|same|worth|over|under)\s+){0,3}[$€£(]*$"
)
_GOVERNED = re.compile(
    r"(?:\b(?:for|from|after|at|per|of|in|on|by|with|than|as|within|during|over|every|since|until"
    r"|before|out of|among|between|into|past|under|below|above|versus|against|step|question|option"
    rf"|when|if|because|following|first|worth|costing|holding|each)\s+{_ARTICLES}|\#$)",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    rf"\bto\s+[a-z]{{2,15}}\s+(?:(?:up|down|off|away|out)\s+)?{_ARTICLES}", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"(?:,?\s|^)\b(?:who|which|because|since|if|when|while|given that|after|before|until|once"
    r"|so that|by \w{2,15}ing|as he|as she|as they)\b[^,]{0,300}(?:,|$)"
    r"|,\s(?:as|so that)\b[^,]{0,300}(?:,|$)",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"-[A-Za-z]|\s(?:dollar|cent|inch|foot|cup|pound|ounce|liter|gallon|mile|minute|hour|day|page|piece)\s[a-z]"
)


def is_joined(body: str, found: list[Token], position: int) -> bool:
    """Whether a number is a part of a list, a range or "2 feet 3 inches"."""
    if position and _belong(body, found[position - 1], found[position]):
        return True
    return position + 1 < len(found) and _belong(body, found[position], found[position + 1])


def _belong(body: str, token: Token, other: Token) -> bool:
    if _ADJECTIVE.match(body, other.end):
        return False  # "2 5 dollar toys" are two
    if _changes_to(body, other):
        return False
    gap = body[token.end : other.start]
    return _joins(body, token, other) or (
        len(gap) <= _LONGEST_GAP and _COMPOUND.fullmatch(gap) is not None
    )


def ranks_of(body: str, found: list[Token]) -> list[int]:
    """For each number how little it may be the result, 0 the least."""
    ranks = [rank_of(body, token) for token in found]
    for i in range(1, len(found)):
        gap = body[found[i - 1].end : found[i].start]
        if _changes_to(body, found[i]):
            ranks[i] = 0
        elif ranks[i - 1] == _ASIDE_RANK and gap.strip() == "to":
            ranks[i] = _ASIDE_RANK  # from … to …
        elif ranks[i] == 0 < ranks[i - 1] and _GOES_ON.fullmatch(gap):
            ranks[i] = ranks[i - 1]
    return ranks


# "rose from 60 to 85" comes to 85; "from 3 to 5 days" is a range.
_CHANGE = re.compile(
    r"\b(?:rose|rises|grew|fell|falls|went|goes|(?:increas|decreas|chang|climb|reduc|improv|grow|drop)"
    r"\w{0,5})\b.{0,60}\bfrom\b.{0,40}\bto\s+[$€£]?$",
    re.IGNORECASE,
)


def _changes_to(body: str, token: Token) -> bool:
    return _CHANGE.search(body[max(0, token.start - 120) : token.start]) is not None


_GOES_ON = re.compile(r"[\s%]*(?:[A-Za-z]{1,15}\s+){0,3}(?:and|or)\s+[$€£]?", re.IGNORECASE)


_ASIDE_RANK = 2
IN_BRACKETS = 3
_TOTAL = re.compile(r"\b(?:total|sum) of (?:only )?[$€£]?$", re.IGNORECASE)
# "to make a total of 60" tells what for.
_FOR_A_TOTAL = re.compile(
    r"\b(?:to\s+\w+(?:\s+\w+)?|\w+ing)\s+a\s+total\s+of\s+\S?$", re.IGNORECASE
)
_BRACKETED = re.compile(r"\([^()]{0,300}\)")


def rank_of(body: str, token: Token) -> int:
    """0: a main number; 1: of a purpose; 2: in an aside or governed; 3: in brackets."""
    before = body[max(0, token.start - 40) : token.start]
    if _is_within(_BRACKETED, body, token.start):
        return IN_BRACKETS
    if _GOVERNED.search(before) or _ADJECTIVE.match(body, token.end):
        return _ASIDE_RANK
    if _is_within(_SUBORDINATE, body, token.start):
        return _ASIDE_RANK
    return 1 if _PURPOSE.search(before) else 0


def is_aside(body: str, position: int) -> bool:
    """Whether a place of a sentence is in brackets or in a subordinate clause."""
    return _is_within(_BRACKETED, body, position) or _is_within(_SUBORDINATE, body, position)


def _is_within(pattern: re.Pattern[str], body: str, position: int) -> bool:
    asides = pattern.finditer(body, max(0, position - 320))
    return any(aside.start() <= position < aside.end() for aside in asides)


def _joins(body: str, one: Token, other: Token) -> bool:
    """Whether two numbers are a list or a range, as "3 and 7" or "10-12"."""
    gap = body[one.end : other.start]
    return len(gap) <= 12 and bool(_JOINS.fullmatch(gap.strip(" %$)")))


_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|does|makes?|eats?|needs?|takes?|gets?|costs?|brought"
    r"|gives?|weighs?|sold|bought|ate|left|would|could|should|may|might|think|want)\b|=",
    re.IGNORECASE,
)


def tells_a_step(body: str, found: list[Token]) -> bool:
    """Whether a sentence that begins with a number describes a step rather than the answer."""
    tail = _CLAUSE_END.split(body[found[0].end : found[0].end + 60], maxsplit=1)[0]
    return bool(_CLAUSE.search(tail))


_CLAUSE_END = re.compile(r"[,;(]|\b(?:because|since|as|so|when|if|from)\b", re.IGNORECASE)


def is_total(body: str, token: Token) -> bool:
    """Whether a sentence calls a number the total."""
    before = body[max(0, token.start - 40) : token.start]
    return bool(_TOTAL.search(before)) and not (
        _FOR_A_TOTAL.search(before) or _is_within(_SUBORDINATE, body, token.start)
    )
