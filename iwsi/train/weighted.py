"""Supervised fine-tuning in which samples count differently; imports TRL."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from trl.trainer.utils import use_adapter

from iwsi.train.order import OrderedTrainer
from iwsi.train.shared_text import WEIGHT


class WeightedTrainer(OrderedTrainer):
    """OrderedTrainer over rows that have a `weight`: each of a sample's token losses times it.

    TRL has no weights of samples (huggingface/trl#5761). Losses are still divided by the number
    of tokens of the whole batch, so weights whose mean over the training set's tokens is 1 leave
    the learning rate what it was, and all weights 1 leave everything.

    With `kl` a token's loss also has `kl / 2 * d**2`, d its log-probability less that by the model
    without an adapter: to second order the divergence from it (Schulman 2020, "Approximating KL
    divergence"). It is not weighted.
    """

    def __init__(self, *args: Any, kl: float | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kl = kl
        if not self.joins_rows:  # joined rows come with a weight for each token
            plain: Any = vars(self)["data_collator"]
            self.data_collator = _with_weights(plain)

    def _kept_columns(self) -> tuple[str, ...]:
        return (*super()._kept_columns(), WEIGHT)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """TRL's own loss, of token log-probabilities that are weighted."""
        weight_BT = inputs.pop(WEIGHT)

        def weighted(**given: Any) -> Any:
            outputs = model(**given)
            logprobs = outputs.log_probs  # of every token's successor; the last has none
            outputs.log_probs = logprobs * weight_BT[:, : logprobs.shape[1]]
            if self._kl is not None:
                away_BT = logprobs - self._base_log_probs(given)
                outputs.log_probs = outputs.log_probs - self._kl / 2 * away_BT**2
            return outputs

        return super().compute_loss(weighted, inputs, return_outputs, num_items_in_batch)

    def _base_log_probs(self, given: dict[str, Any]) -> Any:
        """The same tokens' log-probabilities by the model without an adapter."""
        with torch.no_grad(), use_adapter(self.accelerator.unwrap_model(self.model), None):
            return self.model(**given).log_probs


def _with_weights(collate: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> Any:
    def collate_with_weights(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        batch = collate([{k: v for k, v in row.items() if k != WEIGHT} for row in rows])
        return {**batch, WEIGHT: _spread(rows, batch["input_ids"].shape)}

    return collate_with_weights


def _spread(rows: Sequence[dict[str, Any]], shape: tuple[int, int]) -> torch.Tensor:
    """Weights that multiply tokens: (B, 1) for rows with padding, (1, T) for all in one row."""
    weight_B = torch.tensor([row[WEIGHT] for row in rows])
    if shape[0] == len(rows):
        return weight_B[:, None]
    lengths_B = torch.tensor([len(row["input_ids"]) for row in rows])
    return weight_B.repeat_interleave(lengths_B)[None]
