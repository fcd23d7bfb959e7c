"""The one place where a sample's text is made: few-shot text, prompt, separator, completion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iwsi.recipe import Recipe, Task
from iwsi.tasks.encoding import Encoded, as_plain_text, encode, special_tokens


@dataclass(frozen=True, slots=True)
class SampleText:
    """How a prompt and its completion become the text that is sampled, scored and trained.

    Attributes:
        few_shot: Text before every prompt: worked examples, and what opens a chat turn.
        separator: What stands between a prompt and its completion.
    """

    few_shot: str = ""
    separator: str = ""

    @classmethod
    def of(cls, task: Task) -> "SampleText":
        """That of a recipe's task."""
        return cls(task.few_shot, task.separator)

    @classmethod
    def of_model(cls, recipe: Recipe, *, trained: bool) -> "SampleText":
        """That of a model of the run: a trained one may do without the few-shot text."""
        task = recipe.task
        without = trained and not recipe.train.few_shot_after
        return cls(task.opening if without else task.few_shot, task.separator)

    @classmethod
    def of_training(cls, recipe: Recipe) -> "SampleText":
        """That of the samples that are trained."""
        task = recipe.task
        return cls(task.few_shot if recipe.train.few_shot else task.opening, task.separator)

    def prompt(self, prompt: str) -> str:
        """What a model is given to go on from."""
        return self.few_shot + prompt

    def completion(self, text: str) -> str:
        """What follows it; the tokenizer's end token comes after that."""
        return self.separator + trimmed(text)

    def encode(
        self, tokenizer: Any, prompts: Sequence[str], texts: Sequence[str]
    ) -> Iterator[Encoded]:
        """N samples as tokens, end token included; special tokens in a completion are text."""
        specials = special_tokens(tokenizer)
        completions = [as_plain_text(self.completion(text), specials) for text in texts]
        return encode(tokenizer, self.few_shot, prompts, completions)


def trimmed(text: str) -> str:
    """A completion as it is scored, trained on and compared: without the spaces around it."""
    return text.strip()
