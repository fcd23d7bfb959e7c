"""The one place where a sample is made: few-shot text, prompt, separator, completion.

A completion that a model has sampled is its tokens as they were sampled, where they are kept; any
other is its text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from iwsi.errors import InternalError
from iwsi.recipe import Recipe, Task
from iwsi.records import TOKEN_IDS
from iwsi.tasks.encoding import Encoded, TokenIds, as_plain_text, encode, special_tokens

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """N prompts and their completions.

    Attributes:
        prompts: without the few-shot text.
        texts: of the completions.
        token_ids: of the completions, as they were sampled; None where there is only text.
        logprob_N: of those tokens under the model that sampled them; None: not known.
    """

    prompts: Sequence[str]
    texts: Sequence[str]
    token_ids: TokenIds = ()
    logprob_N: FloatArray | None = None

    @classmethod
    def of(cls, table: pa.Table, text: str = "text") -> "Samples":
        """The samples in a table's columns `prompt` and `text`, with sampled tokens if it has them.

        Args:
            table: Candidates (records.CANDIDATES), or labelled rows.
            text: The column that holds the completions.
        """
        logprob = table["logprob"].to_numpy() if "logprob" in table.column_names else None
        texts = table[text].to_pylist()
        return cls(table["prompt"].to_pylist(), texts, token_rows(table), logprob)

    @classmethod
    def of_prompts(cls, prompts: Sequence[str]) -> "Samples":
        """Prompts alone, without even an end token."""
        nothing = np.empty(0, dtype=np.int32)
        return cls(prompts, [""] * len(prompts), [nothing] * len(prompts))

    def __len__(self) -> int:
        return len(self.prompts)

    def take(self, rows: Sequence[int]) -> "Samples":
        """Some of the samples."""
        return Samples(
            [self.prompts[row] for row in rows],
            [self.texts[row] for row in rows],
            [self.token_ids[row] for row in rows] if self.token_ids else (),
            None if self.logprob_N is None else self.logprob_N[list(rows)],
        )

    def sampled_loss(self, row: int) -> tuple[float, int]:
        """The summed loss of a completion's sampled tokens in nats, and how many there are.

        Raises:
            InternalError: they are not known.
        """
        ids = self.token_ids[row] if self.token_ids else None
        if ids is None or self.logprob_N is None:
            raise InternalError("a sample without its tokens")
        return -float(self.logprob_N[row]), len(ids)


def token_rows(table: pa.Table, name: str = TOKEN_IDS.name) -> TokenIds:
    """The sampled tokens of each of N rows, None where there are none; () without such a column."""
    if name not in table.column_names:
        return ()
    column = table[name].combine_chunks()
    values = column.flatten().to_numpy()
    ends_N = np.cumsum(pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False))
    present_N = column.is_valid().to_numpy(zero_copy_only=False)
    begins_N = [0, *ends_N[:-1]]
    return [
        values[begin:end] if present else None
        for begin, end, present in zip(begins_N, ends_N, present_N, strict=True)
    ]


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
        """The sample text of a recipe's task."""
        return cls(task.few_shot, task.separator)

    @classmethod
    def of_model(cls, recipe: Recipe, *, trained: bool) -> "SampleText":
        """The sample text of a model of the run; a trained model may omit the few-shot text."""
        task = recipe.task
        without = trained and not recipe.train.prompts_with_few_shot
        return cls(task.opening if without else task.few_shot, task.separator)

    @classmethod
    def of_training(cls, recipe: Recipe) -> "SampleText":
        """The sample text of the samples that are trained on."""
        task = recipe.task
        return cls(task.few_shot if recipe.train.few_shot else task.opening, task.separator)

    def prompt(self, prompt: str) -> str:
        """The text that a model continues."""
        return self.few_shot + prompt

    def completion(self, text: str) -> str:
        """The text after the prompt; the tokenizer's end token comes after that."""
        return self.separator + trimmed(text)

    def encode(
        self,
        tokenizer: Any,
        prompts: Sequence[str],
        texts: Sequence[str],
        token_ids: TokenIds = (),
    ) -> Iterator[Encoded]:
        """N samples as tokens, end token included.

        Args:
            tokenizer: The model's tokenizer.
            prompts: Shape (N,), without the few-shot text.
            texts: Of the completions; special tokens in them are text.
            token_ids: Of the completions, as they were sampled; where one is None, or the sequence
                is empty, the text is tokenised.
        """
        specials = special_tokens(tokenizer)
        completions = [as_plain_text(self.completion(text), specials) for text in texts]
        return encode(tokenizer, self.few_shot, prompts, completions, token_ids)


def trimmed(text: str) -> str:
    """A completion as it is scored, trained on and compared: without the spaces around it."""
    return text.strip()
