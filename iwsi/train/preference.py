"""Training on preference pairs: DPO and IPO with loss weights; imports TRL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from trl import DPOTrainer
from trl.trainer.utils import use_adapter

from iwsi.recipe import Train
from iwsi.train.order import SameBatches
from iwsi.train.shared_text import WEIGHT

Tensor = torch.Tensor


class LogProbs(NamedTuple):
    """Summed log-probabilities of B completions and their tokens, shapes (B,)."""

    total: Tensor
    tokens: Tensor


@dataclass(frozen=True, slots=True)
class PairLoss:
    """The loss of a pair, by the recipe's keys."""

    objective: str
    beta: float
    sft_weight: float

    @classmethod
    def of(cls, train: Train) -> "PairLoss":
        """The loss that a recipe's section describes."""
        return cls(train.objective, train.beta, train.sft_weight)

    def __call__(
        self, kept: LogProbs, rejected: LogProbs, ref_kept: Tensor, ref_rejected: Tensor
    ) -> Tensor:
        """Losses of B pairs, shape (B,).

        Source: DPO, arXiv:2305.18290, eq. 7; IPO, arXiv:2310.12036, eq. 17, of mean token
        log-probabilities as its authors take them; the sft term, arXiv:2404.19733, eq. 1.

        Args:
            kept: of the kept completions, by the model that is trained.
            rejected: of the rejected ones.
            ref_kept: the kept completions' summed log-probabilities by the reference, (B,).
            ref_rejected: those of the rejected ones.
        """
        better, worse = kept.total - ref_kept, rejected.total - ref_rejected
        if self.objective == "ipo":
            apart = better / kept.tokens - worse / rejected.tokens
            return (apart - 1 / (2 * self.beta)) ** 2
        loss = -torch.nn.functional.logsigmoid(self.beta * (better - worse))
        if self.objective == "sft+dpo":
            loss = loss - self.sft_weight * kept.total / kept.tokens
        return loss


class PreferenceTrainer(SameBatches, DPOTrainer):  # type: ignore[misc]  # TRL is untyped
    """DPOTrainer over pairs with a loss weight, whose steps are the same on any split.

    Rows hold `prompt_ids`, `chosen_ids`, `rejected_ids` and `weight`. The loss of a step is the
    weighted sum over its pairs by the batch size; a short last step is filled up with pairs of
    weight 0, so every pair counts the same.
    """

    def __init__(self, *args: Any, pair_loss: PairLoss, reference: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pair_loss, self._reference = pair_loss, reference
        if reference == "base" and "ref" in self.model.peft_config:
            self.model.delete_adapter("ref")
        plain: Any = vars(self)["data_collator"]
        self.data_collator = lambda rows: {
            **plain(rows),
            WEIGHT: torch.tensor([row[WEIGHT] for row in rows]),
        }

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Where a checkpoint holds the reference too, the Trainer loads that adapter alone."""
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        bare = self._bare()
        if "ref" in bare.peft_config and not self.is_deepspeed_enabled:
            bare.load_adapter(resume_from_checkpoint, "default", is_trainable=True)
            bare.set_adapter("default")

    def _prepare_dataset(self, dataset: Any, *args: Any) -> Any:
        """Leave the rows as they are: they hold the tokens that were scored."""
        return dataset

    def _kept_columns(self) -> tuple[str, ...]:
        return (*super()._kept_columns(), WEIGHT)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The weighted sum of the pairs' losses by the number of a forward pass."""
        weight_B = inputs.pop(WEIGHT)
        kept, rejected = _halves(_log_probs(model, inputs))
        with torch.no_grad(), use_adapter(self._bare(), self._reference_adapter()):
            ref_kept, ref_rejected = _halves(_log_probs(self.model, inputs))
        loss_B = self._pair_loss(kept, rejected, ref_kept.total, ref_rejected.total)
        self._record(kept.total - ref_kept.total, rejected.total - ref_rejected.total, weight_B)
        self._total_train_tokens += int(
            self.accelerator.gather(inputs["attention_mask"].sum()).sum()
        )
        return (weight_B * loss_B).sum() / self.args.per_device_train_batch_size

    def _bare(self) -> Any:
        return self.accelerator.unwrap_model(self.model)

    def _reference_adapter(self) -> str | None:
        """TRL keeps a copy of the adapter that training goes on from, under this name."""
        held = "ref" in self._bare().peft_config
        return "ref" if held and self._reference == "previous" else None

    def _record(self, better_B: Tensor, worse_B: Tensor, weight_B: Tensor) -> None:
        """The logged metrics: implicit rewards, over pairs that count."""
        real_B = weight_B > 0
        parts = torch.stack(
            [
                real_B.sum(),
                (real_B * better_B.detach()).sum(),
                (real_B * worse_B.detach()).sum(),
                (real_B * (better_B > worse_B)).sum(),
            ]
        )
        pairs, better, worse, right = self.accelerator.reduce(parts, reduction="sum").tolist()
        if not pairs:
            return
        beta, metrics = self._pair_loss.beta, self._metrics["train"]
        metrics["rewards/chosen"].append(beta * better / pairs)
        metrics["rewards/rejected"].append(beta * worse / pairs)
        metrics["rewards/margins"].append(beta * (better - worse) / pairs)
        metrics["rewards/accuracies"].append(right / pairs)

    def _lengths(self) -> list[int]:
        parts = (self.train_dataset[name] for name in ("prompt_ids", "chosen_ids", "rejected_ids"))
        return [
            len(prompt) + max(len(kept), len(rejected))
            for prompt, kept, rejected in zip(*parts, strict=True)
        ]

    def _needs_blank(self) -> bool:
        return True

    def _blank_row(self, first: dict[str, Any]) -> dict[str, Any]:
        one = first["prompt_ids"][:1] or first["chosen_ids"][:1]
        return {**first, "prompt_ids": one, "chosen_ids": one, "rejected_ids": one, WEIGHT: 0.0}


def _log_probs(model: Any, inputs: dict[str, Any]) -> LogProbs:
    mask = inputs["completion_mask"]
    labels = inputs["input_ids"].masked_fill(mask == 0, -100)
    outputs = model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        labels=labels,
        use_cache=False,
        fused_lm_head=True,
    )
    tokens = mask[:, 1:]
    # The head gives 0 where there is no label; it must not depend on that.
    log_probs_BT = outputs.log_probs[:, -tokens.shape[1] :] * tokens
    return LogProbs(log_probs_BT.sum(dim=1), tokens.sum(dim=1).clamp(min=1))


def _halves(both: LogProbs) -> Sequence[LogProbs]:
    """TRL's batches hold the kept completions, then the rejected ones."""
    totals, tokens = both.total.chunk(2), both.tokens.chunk(2)
    return LogProbs(totals[0], tokens[0]), LogProbs(totals[1], tokens[1])
