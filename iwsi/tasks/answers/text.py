"""Short texts, compared as SQuAD does: without case, articles, punctuation and extra spaces."""

import json
import re
import string
import unicodedata

from iwsi.tasks.answers.cleaning import without_markdown
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.sentences import COMMENT, REFUSAL, first_sentence

LONGEST = 200
_PUNCTUATION = frozenset(string.punctuation)
_UNKNOWN = frozenset({"unknown", "unclear", "not known", "undetermined", "not given"})
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_LEAD = re.compile(r"(?:that |therefore |thus |simply |probably |likely )*", re.IGNORECASE)


def normal(text: str) -> str:
    """The form in which two texts are compared; a text of punctuation alone stays as it is.

    Source: the evaluation script of SQuAD (arXiv:1606.05250), with all of Unicode's punctuation.
    """
    lowered = unicodedata.normalize("NFC", text).lower()
    kept = "".join(
        character
        for character in lowered
        if character not in _PUNCTUATION and not unicodedata.category(character).startswith("P")
    )
    words = " ".join(_ARTICLE.sub(" ", kept).split())
    return words or " ".join(lowered.split())


class Texts:
    """Short texts; with `several`, a gold may be a list."""

    def gold(self, text: str) -> str | None:
        """A text of at most `LONGEST` characters, normalised."""
        text = text.strip()
        if text.startswith("$") and text.endswith("$"):
            text = text.strip("$")
        return (normal(text) or None) if len(text) <= LONGEST else None

    def alone(self, text: str) -> str | None:
        """A text that stands alone."""
        return self.gold(text)

    def stated(self, statement: Statement) -> Reading:
        """The text that a statement gives."""
        content = statement.content.strip()
        if not content.strip(" *:|$."):
            return Silence.NO_STATEMENT
        if statement.form in (Form.BOX, Form.TAG, Form.JSON):
            answer = self.alone(content)
            return Silence.NO_ANSWER if answer is None else answer
        sentence = first_sentence(content)
        if statement.form is Form.HASHES and len(statement.rest.strip()) > len(content):
            return Silence.NO_STATEMENT  # a heading
        if COMMENT.match(sentence) and statement.form is Form.SENTENCE:
            return Silence.NO_STATEMENT
        lead = _LEAD.match(sentence)
        answer = self.alone(sentence[lead.end() if lead else 0 :])
        if answer is None or answer in _UNKNOWN or REFUSAL.search(sentence):
            return Silence.NO_ANSWER
        return answer

    def unmarked(self, text: str) -> str | None:
        """A text of one line is its own answer; of a longer one there is none."""
        text = without_markdown(text).strip()
        if "\n" in text or REFUSAL.search(text[:LONGEST]):
            return None
        return self.alone(text)


def one_of(texts: list[str]) -> str:
    """One gold that stands for several accepted texts."""
    return texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)


def is_one_of(answer: str, gold: str) -> bool:
    """Whether an answer is a gold, or one of its texts."""
    if answer == gold:
        return True
    if not gold.startswith('["'):
        return False
    try:
        return answer in json.loads(gold)
    except ValueError:
        return False
