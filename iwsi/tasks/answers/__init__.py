"""Answers: read from a model's text, one module for each kind."""

from iwsi.recipe.answer import AnswerKind
from iwsi.tasks.answers.reader import canonical_answer, extract_answer, extract_answers

__all__ = ["AnswerKind", "canonical_answer", "extract_answer", "extract_answers"]
