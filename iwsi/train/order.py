"""A trainer that takes samples in the same batches on any number of processes; imports TRL."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from accelerate.data_loader import SeedableRandomSampler
from torch.utils.data import Sampler
from trl import SFTTrainer
from trl.trainer import utils as trl_utils

from iwsi.recipe.batches import BatchSplit
from iwsi.train.shared_text import PROMPT_TOKENS

CPU_LOGITS = 2048  # of each token at a time; 512 to 4096 are as fast


class BatchOrder(Sampler[int]):
    """Indices of samples, `batch` for each optimizer step, in an order that the seed decides.

    Which samples make a step is the same for any split. Where a step is several forward passes its
    samples are sorted by length, longest first, so that little is padded: the loss is a mean over
    the tokens of the whole step, to which the order within it is nothing.

    Args:
        lengths: tokens of each sample.
        split: of the batch; processes take turns at forward passes.
        seed: of the order.
        blank: index of a row without loss that fills up an epoch's last step, since all processes
            have to take part in each; None leaves that step short.
        groups: a number of each sample; samples that share one follow each other. None: no groups.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        split: BatchSplit,
        seed: int,
        blank: int | None = None,
        groups: Sequence[int] | None = None,
    ) -> None:
        self._lengths = lengths
        self._groups = groups
        self._batch = split.micro * split.accumulation * split.processes
        self._sorted = split.micro < self._batch
        self._blank = blank
        self._shuffled = SeedableRandomSampler(range(len(lengths)), data_seed=seed)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, counted from 0."""
        self._shuffled.set_epoch(epoch)

    def __len__(self) -> int:
        samples = len(self._lengths)
        return samples if self._blank is None else samples + -samples % self._batch

    def __iter__(self) -> Iterator[int]:
        order = list(self._shuffled)
        if self._groups is not None:  # groups in the order of their first samples
            first: dict[int, int] = {}
            for place, index in enumerate(order):
                first.setdefault(self._groups[index], place)
            order.sort(key=lambda index: first[self._groups[index]])  # type: ignore[index]
        for begin in range(0, len(order), self._batch):
            step = order[begin : begin + self._batch]
            if self._sorted and self._groups is None:
                step.sort(key=lambda index: -self._lengths[index])
            yield from step
            if self._blank is not None:
                yield from [self._blank] * (self._batch - len(step))


class SameBatches:
    """A part of TRL's trainers: optimizer steps hold the same samples on any number of processes.

    It stands before the trainer among a class's bases.
    """

    args: Any
    accelerator: Any
    train_dataset: Any
    _tr_loss: Any
    _total_train_tokens: Any
    _signature_columns: Any

    def __init__(self, *args: Any, groups: Sequence[int] | None = None, **kwargs: Any) -> None:
        """Take the arguments of the trainer behind it.

        Args:
            args: the trainer's args.
            groups: of each row, a number that rows which belong together have in common.
            kwargs: the trainer's kwargs.
        """
        self._groups = groups
        super().__init__(*args, **kwargs)
        if self.args.device.type == "cpu":
            _suit_cpu()
        self._blank: int | None = None
        if self._needs_blank():
            self._blank = len(self.train_dataset)
            self.train_dataset = self._with_blank()
        if self.args.world_size > 1:
            torch.manual_seed(self.args.seed + self.args.process_index)  # each its own dropout

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Count nothing: counting walks through all modules for each forward pass."""
        return 0

    def sums(self) -> dict[str, float]:
        """Sums over a whole training, which the Trainer's checkpoints do not hold."""
        return {"loss": self._total_loss_scalar, "tokens": self._total_train_tokens}

    def restore_sums(self, loss: float, tokens: float) -> None:
        """Continue from these sums, so that the last log line covers all steps."""
        self._total_loss_scalar, self._total_train_tokens = loss, tokens
        self._initial_global_step = 0

    def _finalize_training(self, *args: Any) -> Any:
        if self.args.world_size > 1:  # what was not logged yet is this process's own
            self._tr_loss = self.accelerator.reduce(self._tr_loss, reduction="mean")
        return super()._finalize_training(*args)  # type: ignore[misc]  # the trainer behind it

    def _get_train_sampler(self, train_dataset: Any = None) -> BatchOrder:
        args = self.args
        lengths = self._lengths()[: self._blank]
        split = BatchSplit(
            args.per_device_train_batch_size, args.gradient_accumulation_steps, args.world_size
        )
        return BatchOrder(lengths, split, args.data_seed, self._blank, self._groups)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()  # type: ignore[misc]  # the trainer behind it
        for column in self._kept_columns():
            if column not in self._signature_columns:
                self._signature_columns.append(column)

    def _kept_columns(self) -> tuple[str, ...]:
        """Columns that the collator needs and the model does not take."""
        return ()

    def _lengths(self) -> list[int]:
        """Tokens of each row."""
        return [len(ids) for ids in self.train_dataset["input_ids"]]

    def _needs_blank(self) -> bool:
        """Whether a row without loss fills up an epoch's last step."""
        return bool(self.args.world_size > 1)

    def _blank_row(self, first: dict[str, Any]) -> dict[str, Any]:
        """A row of one token without a loss, made from the first."""
        return {**first, "input_ids": first["input_ids"][:1], "labels": [-100]}

    def _with_blank(self) -> Any:
        """The rows and the blank row."""
        from datasets import Dataset, concatenate_datasets

        rows = self.train_dataset
        blank = Dataset.from_list([self._blank_row(rows[0])], features=rows.features)
        return concatenate_datasets([rows, blank])


class OrderedTrainer(SameBatches, SFTTrainer):  # type: ignore[misc]  # TRL is untyped
    """SFTTrainer with such batches."""

    def __init__(self, *args: Any, joins_rows: bool = False, **kwargs: Any) -> None:
        """Take the arguments of SFTTrainer.

        Args:
            args: SFTTrainer's.
            joins_rows: whether the rows of a forward pass are joined, so that what they share is
                read once; the model has to attend so already.
            kwargs: SFTTrainer's, and those of `SameBatches`.
        """
        self.joins_rows = joins_rows
        super().__init__(*args, **kwargs)
        # Families that read images decline the number of a step's tokens, and the Trainer would not
        # count them: the loss would be a mean of the forward passes' means. TRL's loss, and not the
        # model's, divides by it.
        self.model_accepts_loss_kwargs = True
        if joins_rows:
            from iwsi.train.shared_attention import collate

            self.data_collator = collate

    def _kept_columns(self) -> tuple[str, ...]:
        return (PROMPT_TOKENS,) if self.joins_rows else ()


def _suit_cpu() -> None:
    """Have TRL's loss leave out tokens without one, and hold few logits at a time.

    Where it has no Triton it computes logits of all tokens, in tiles that suit a GPU.
    """
    trl_utils._CHUNKED_LOGPROB_CHUNK_SIZE = CPU_LOGITS
    trl_utils._use_triton = lambda device: True  # asked there about the former alone
