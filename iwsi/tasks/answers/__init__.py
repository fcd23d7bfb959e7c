"""Answers: read from a model's text, one module for each kind."""

from iwsi.recipe.answer import AnswerKind, AnswerSpec
from iwsi.tasks.answers.reader import (
    AnswerReader,
    canonical_answer,
    extract_answer,
    extract_answers,
    reader_of,
)

__all__ = [
    "AnswerKind",
    "AnswerReader",
    "AnswerSpec",
    "canonical_answer",
    "extract_answer",
    "extract_answers",
    "reader_of",
]
