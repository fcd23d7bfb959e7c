"""What an answer is."""

from typing import Literal

AnswerKind = Literal["number", "choice", "yes_no"]
