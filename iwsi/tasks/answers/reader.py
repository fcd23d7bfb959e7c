"""A model's text becomes a canonical answer, and a gold's text a canonical gold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from iwsi.recipe.answer import (
    AnswerSpec,
    ChoiceAnswer,
    CustomAnswer,
    LabelAnswer,
    MathAnswer,
    TextAnswer,
    kind_of,
)
from iwsi.tasks.answers import choice, math, number, yes_no
from iwsi.tasks.answers.cleaning import plain, window, without_markdown, without_thinking
from iwsi.tasks.answers.custom import Custom
from iwsi.tasks.answers.gold_columns import doubts
from iwsi.tasks.answers.golds import is_of_several_lines, listed, marked
from iwsi.tasks.answers.label import Labels
from iwsi.tasks.answers.markers import (
    NEW_QUESTION,
    NEW_TURN,
    SUMMARY,
    Form,
    Reading,
    Silence,
    Statement,
    statements,
)
from iwsi.tasks.answers.sentences import is_question
from iwsi.tasks.answers.text import Texts, is_one_of, one_of


class Kind(Protocol):
    """How one kind of answer is read."""

    def gold(self, text: str) -> str | None:
        """A gold that stands alone, strictly."""

    def alone(self, text: str) -> str | None:
        """An answer that stands alone."""

    def stated(self, statement: Statement) -> Reading:
        """The answer that a statement gives."""

    def unmarked(self, text: str) -> str | None:
        """The answer of a text that states none."""


_MODULES: dict[str, Kind] = {"number": number, "choice": choice, "yes_no": yes_no, "math": math}
_FITS = {
    "number": "one number, such as 18, -3.5, 1/2, $1,200 or 2.5e3, with its unit at most",
    "choice": "one letter from A to J, such as B, (b) or B. metal",
    "yes_no": "yes or no, true or false, 1 or 0",
    "math": "one expression, set, interval, tuple or equation in LaTeX",
    "text": "a text of at most 200 characters",
    "custom": "a text in which your function finds an answer",
}


class AnswerReader:
    """Reads answers as a recipe's `task.answer` says.

    Attributes:
        name: the kind.
        fits: what a gold of this kind looks like, for error messages.
        exact: whether answers that are right are the same text as their gold.
    """

    def __init__(self, spec: AnswerSpec) -> None:
        self.name = kind_of(spec)
        self.fits = _FITS.get(self.name, "")
        self._custom = Custom(spec) if isinstance(spec, CustomAnswer) else None
        self.exact = self.name != "math" and not (isinstance(spec, TextAnswer) and spec.several)
        self._several = isinstance(spec, TextAnswer) and spec.several
        self._several_values = False
        self._options: Labels | None = None
        self._letters: dict[str, str] = {}
        self._kind: Kind
        match spec:
            case LabelAnswer():
                self._kind = Labels(spec)
                self.fits = f"one of {', '.join(spec.of)}"
            case TextAnswer() | "text" | CustomAnswer():
                self._kind = Texts()
            case MathAnswer():
                self._kind = math
                self._several_values = spec.several
            case ChoiceAnswer():
                self._kind = choice
                if len(spec.options) > 1:
                    self._options = Labels(LabelAnswer(of=spec.options))
                    letters = zip(spec.options, "ABCDEFGHIJ", strict=False)
                    self._letters = dict(letters)
            case _:
                self._kind = _MODULES[spec]

    def extract(self, text: str) -> str | None:
        r"""The final answer in a model's reasoning, canonical, or None.

        The last statement of an answer decides: a box, a marker such as "The answer is" or
        "####", a tag or a JSON key. A statement that cannot be read is not passed over for
        another answer. What follows a new question that the model made up is not read. Linear in
        the length of the text; raises nothing but what a function of the user's own raises.
        """
        if self._custom:
            return self._custom.extract(text)
        dressed = self._dressed(window(without_thinking(text)))
        ends = list(NEW_QUESTION.finditer(dressed))[:4] + list(NEW_TURN.finditer(dressed))[:4]
        if self.name == "choice":  # one question has one letter; parts of a problem have results
            ends += list(SUMMARY.finditer(dressed))[:4]
        for end in sorted(ends, key=lambda end: end.start()):
            before = dressed[: end.start()]
            if end.re is NEW_QUESTION:
                answer = None if _is_preamble(before) else self._read(before)
            else:
                stated = self._stated(before)
                answer = stated if isinstance(stated, str) else None
            if answer is not None:
                return answer
        return self._read(dressed)

    def extract_many(self, texts: Iterable[str | None]) -> list[str | None]:
        """`extract` over many texts, in their order; each distinct text is read once."""
        answers: dict[str | None, str | None] = {None: None}
        for text in (texts := list(texts)):
            if text is not None and text not in answers:
                answers[text] = self.extract(text)
        return [answers[text] for text in texts]

    def canonical(self, answer: str) -> str | None:
        """An answer that stands alone, canonical; None for anything else."""
        if self._custom:
            return self._custom.extract(answer)
        text = without_markdown(self._dressed(answer)).strip()
        boxes = list(statements(text)) if text.lstrip("$ ").startswith("\\boxed") else []
        if len(boxes) == 1 and not text.rpartition("}")[2].strip("$. "):
            text = boxes[0].content
        return self._kind.alone(text)

    def gold(self, text: str) -> str | None:
        """The reference answer in a gold's text, read strictly, or None.

        It stands alone, or at the last marker of a worked solution, or in a list that holds it
        once or several times. Nothing else is a gold: not the last number of a text.
        """
        if self._custom:
            return self._custom.gold(text)
        values = listed(text)
        if values is None and "|" in text and self.name == "number":
            values = text.split("|")
        if values is None:
            return self._one_gold(text)
        golds = [self._one_gold(value, is_item=True) for value in values]
        found = list(dict.fromkeys(gold for gold in golds if gold is not None))
        if not found or len(golds) != len([gold for gold in golds if gold is not None]):
            return None
        if len(found) > 1 and not self._several:
            return None
        return one_of(found)

    def golds(self, texts: Sequence[str]) -> list[str | None]:
        """`gold` over a column; None also for what only the other rows make doubtful."""
        doubtful = doubts(texts, self.name)
        return [None if i in doubtful else self.gold(text) for i, text in enumerate(texts)]

    def same(self, answer: str | None, gold: str) -> bool:
        """Whether an answer, as `extract` gives it, is a gold, as `gold` gives it."""
        if answer is None:
            return False
        if self.name == "math":
            return math.same(answer, gold)
        return is_one_of(answer, gold) if self._several else answer == gold

    def representatives(
        self, questions: Sequence[str], answers: Sequence[str | None]
    ) -> list[str | None]:
        """For each answer the first of its question's answers that means the same.

        Args:
            questions: The question of each of N answers.
            answers: As `extract` gives them.
        """
        if self.name != "math":
            return list(answers)
        pairs = {(q, a) for q, a in zip(questions, answers, strict=True) if a is not None}
        several = Counter(question for question, _ in pairs)
        math.prepare(answer for question, answer in sorted(pairs) if several[question] > 1)
        classes: dict[str, list[str]] = {}  # of each question, what stands for its classes
        found: dict[tuple[str, str], str] = {}
        result: list[str | None] = []
        for question, answer in zip(questions, answers, strict=True):
            if answer is not None and (question, answer) not in found:
                kept = classes.setdefault(question, [])
                equal = next((one for one in kept if math.mean_the_same(answer, one)), None)
                if equal is None:
                    kept.append(answer)
                found[question, answer] = equal or answer
            result.append(None if answer is None else found[question, answer])
        return result

    def _one_gold(self, text: str, *, is_item: bool = False) -> str | None:
        # A formula may hold words; with a marker it is none. A text is one line, unless it is an
        # item of a list.
        is_solution = "\\boxed" in text or (self.name == "math" and "####" in text)
        is_solution |= self.name == "text" and not is_item and is_of_several_lines(text)
        if not is_solution and (gold := self._alone_as_gold(text)) is not None:
            return gold
        for content in marked(without_markdown(self._dressed(without_thinking(text)))):
            return self._alone_as_gold(content.rstrip(" ."))
        return None

    def _alone_as_gold(self, text: str) -> str | None:
        is_dressed = "\\" in text or "$" in text or self.name != "text"
        read = self._kind.alone if self._several_values else self._kind.gold
        gold = read(self._dressed(text).strip() if is_dressed else text)
        if gold is None and self._options:
            label = self._options.gold(plain(text))
            return None if label is None else self._letters[label]
        return gold

    def _dressed(self, text: str) -> str:
        """A text without its typography; the LaTeX of formulas is theirs, and stays."""
        return text if self.name == "math" else plain(text, bold=True)

    def _read(self, dressed: str) -> str | None:
        stated = self._stated(dressed)
        if stated is not Silence.NO_STATEMENT:
            return stated if isinstance(stated, str) else None
        answer = self._kind.unmarked(dressed)
        if answer is None and self._options:
            label_found = self._options.unmarked(dressed)
            return None if label_found is None else self._letters[label_found]
        return answer

    def _stated(self, dressed: str) -> Reading:
        """The content of the last statement of an answer, where there is one."""
        for statement in statements(without_markdown(dressed)):
            if statement.form is Form.SENTENCE and is_question(statement.content[:2_000]):
                continue  # "The answer is B, isn't it?"
            reading = self._kind.stated(statement)
            if isinstance(reading, str):
                return reading
            if self._options and isinstance(label := self._options.stated(statement), str):
                return self._letters[label]
            if reading is Silence.NO_ANSWER:
                return reading
        return Silence.NO_STATEMENT


_READERS: dict[str, AnswerReader] = {}


def reader_of(spec: AnswerSpec) -> AnswerReader:
    """The reader of a recipe's `task.answer`, built once for each."""
    key = spec if isinstance(spec, str) else spec.model_dump_json()
    if key not in _READERS:
        _READERS[key] = AnswerReader(spec)
    return _READERS[key]


def canonical_answer(answer: str, kind: AnswerSpec) -> str | None:
    r"""An answer that stands alone ("$1,200.00", "(b)", "Yes.") in canonical form.

    Canonical are decimals without trailing zeros ("1200", "3.5"), fractions in lowest terms where
    the decimals would not end ("1/3"), capital letters A to J, "yes" and "no". A percent sign is
    dropped ("50%" is "50"), as the gold answers of GSM8K do. Units may follow a number.

    Returns:
        The canonical form, which is its own canonical form; None for all that is no rational
        number, choice or yes/no. Never raises.
    """
    return reader_of(kind).canonical(answer)


def extract_answer(text: str, kind: AnswerSpec) -> str | None:
    """The final answer in a model's reasoning, as `AnswerReader.extract` reads it."""
    return reader_of(kind).extract(text)


def extract_answers(texts: Iterable[str | None], kind: AnswerSpec) -> list[str | None]:
    """`extract_answer` over many texts, in their order; each distinct text is read once."""
    return reader_of(kind).extract_many(texts)


def _is_preamble(text: str) -> bool:
    """Whether a text only leads to the question that it says again."""
    text = text.strip()
    if text.startswith(_GIVEN):
        return "answer is" not in text.lower()
    return len(text) < 200 and (text.endswith((":", "!")) or not text)


_GIVEN = ("Given", "Known", "Variables", "Relevant", "Facts", "Problem", "Information")
