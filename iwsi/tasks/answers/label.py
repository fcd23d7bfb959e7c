"""One label of a closed list; case and formatting do not matter, and two labels are no answer."""

import re

from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.answers.cleaning import without_markdown
from iwsi.tasks.answers.markers import Form, Reading, Silence, Statement
from iwsi.tasks.answers.sentences import COMMENT, sentences

_DRESS = " \t\n.,!;:\"'()[]{}*$`\u3002"
_NEGATION = re.compile(
    r"(?:\b(?:not|nor|neither|rather than|instead of|unlike|than|except|cannot be|never|isn't|no)"
    r"|n't)\s+(?:(?:a|an|the|be|just|simply|really|quite|very|so)\s+){0,2}[\"'(*]*$",
    re.IGNORECASE,
)
_LONGEST_SENTENCE = 2_000


class Labels:
    """The labels of a recipe, and their synonyms."""

    def __init__(self, spec: LabelAnswer) -> None:
        self._labels = {_folded(label): label for label in spec.of}
        self._labels |= {_folded(word): label for word, label in spec.synonyms.items()}
        longest_first = sorted(self._labels, key=len, reverse=True)
        words = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in longest_first)
        # A hyphen, too, makes another word of it: "son" in "son-in-law".
        self._found = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    def gold(self, text: str) -> str | None:
        """A label that stands alone, or the only one in a sentence that ends with it."""
        if (label := self.alone(text)) is not None:
            return label
        text = text.strip(_DRESS)
        inside = list(self._found.finditer(text))
        ends = len(inside) == 1 and inside[0].end() == len(text)
        is_sentence = ends and re.search(r"\b(?:is|are|was)\b(?! not)", text[: inside[0].start()])
        return self._label(inside[0]) if is_sentence and self._stands(inside[0]) else None

    def alone(self, text: str) -> str | None:
        """A label that stands alone."""
        return self._labels.get(_folded(text.strip(_DRESS)))

    def stated(self, statement: Statement) -> Reading:
        """The label that a statement gives."""
        content = statement.content.strip()
        if not content.strip(_DRESS):
            return Silence.NO_STATEMENT
        if (label := self.alone(content)) is not None:
            return label
        sentence = (sentences(content[:_LONGEST_SENTENCE]) or [""])[0]
        if found := self._in(sentence):
            return found.pop() if len(found) == 1 else Silence.NO_ANSWER
        if statement.form in (Form.HASHES, Form.FEW_SHOT) or COMMENT.match(content):
            return Silence.NO_STATEMENT
        if statement.form is Form.COLON and len(statement.rest) > len(content):
            rest = self.unmarked(statement.rest)
            return Silence.NO_ANSWER if rest is None else rest
        return Silence.NO_ANSWER

    def unmarked(self, text: str) -> str | None:
        """The label of a text that is one, or of its last sentence that names any."""
        text = without_markdown(text).strip()
        if (label := self.alone(text)) is not None:
            return label
        parts = sentences(text[-50_000:])
        if parts and (label := self.alone(parts[0])) is not None:
            return label
        for sentence in reversed(parts):
            if found := self._in(sentence[-_LONGEST_SENTENCE:]):
                return found.pop() if len(found) == 1 else None
        return None

    def _in(self, sentence: str) -> set[str]:
        """The labels that a sentence names and does not deny."""
        return {self._label(one) for one in self._found.finditer(sentence) if self._stands(one)}

    def _stands(self, found: re.Match[str]) -> bool:
        return not _NEGATION.search(found.string[max(0, found.start() - 40) : found.start()])

    def _label(self, found: re.Match[str]) -> str:
        return self._labels[_folded(found[0])]


def _folded(text: str) -> str:
    """Case, spaces, underscores and hyphens between words aside."""
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
