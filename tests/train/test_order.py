import itertools

import numpy as np
import pytest

from iwsi.recipe.batches import BatchSplit
from iwsi.train.order import BatchOrder


def _steps(lengths, split, epoch=0, *, blank=False):
    """Each optimizer step's forward passes, in order, as accelerate deals them out."""
    order = BatchOrder(lengths, split, seed=7, blank=len(lengths) if blank else None)
    order.set_epoch(epoch)
    indices = list(order)
    assert len(indices) == len(order)
    batch = split.micro * split.accumulation * split.processes
    steps = [indices[begin : begin + batch] for begin in range(0, len(indices), batch)]
    return [
        [step[begin : begin + split.micro] for begin in range(0, len(step), split.micro)]
        for step in steps
    ]


@pytest.mark.parametrize("samples", [1, 12, 16, 37])
@pytest.mark.parametrize("split", [BatchSplit(3, 4, 1), BatchSplit(3, 2, 2), BatchSplit(1, 4, 3)])
@pytest.mark.parametrize("epoch", [0, 3])
def test_any_split_puts_the_same_samples_in_the_same_steps(samples, split, epoch):
    lengths = np.random.default_rng(samples).integers(5, 90, samples).tolist()
    plain = _steps(lengths, BatchSplit(12, 1, 1), epoch)
    ours = _steps(lengths, split, epoch, blank=split.processes > 1)
    assert len(plain) == len(ours)
    assert sorted(index for [step] in plain for index in step) == list(range(samples))
    for alone, spread in zip(plain, ours, strict=True):
        given = [index for indices in spread for index in indices]
        real = [index for index in given if index < samples]
        assert sorted(real) == sorted(alone[0])
        # Sorted by length, and what fills a step up comes last.
        assert real == given[: len(real)]
        assert [lengths[i] for i in real] == sorted((lengths[i] for i in real), reverse=True)
        if split.processes > 1:
            assert len(given) == 12  # every process takes part in as many passes
    another = _steps(lengths, split, epoch + 1, blank=split.processes > 1)
    assert another != ours or samples <= 12  # each epoch its own steps


def test_sorting_within_a_step_saves_padding():
    lengths = np.random.default_rng(0).integers(40, 200, 320).tolist()

    def computed(split):
        """Tokens that go through the model, padding too, for each that is not padding."""
        passes = [indices for step in _steps(lengths, split) for indices in step]
        return sum(len(p) * max(lengths[i] for i in p) for p in passes) / sum(lengths)

    assert computed(BatchSplit(4, 8, 1)) < 1.1 < 1.4 < computed(BatchSplit(32, 1, 1))


def test_without_micro_batches_the_order_is_the_trainers_own():
    from accelerate.data_loader import SeedableRandomSampler

    theirs = SeedableRandomSampler(range(20), data_seed=7)
    theirs.set_epoch(2)
    lengths = np.random.default_rng(0).integers(40, 200, 20).tolist()
    [[ours]] = _steps(lengths, BatchSplit(20, 1, 1), epoch=2)
    assert ours == list(theirs)


def test_samples_of_a_question_stand_side_by_side_and_questions_in_random_order():
    groups = [index // 3 for index in range(30)]
    split = BatchSplit(2, 3, 1)
    order = list(BatchOrder([1] * 30, split, seed=0, groups=groups))
    assert sorted(order) == list(range(30))
    runs = [group for group, _ in itertools.groupby(groups[index] for index in order)]
    assert sorted(runs) == list(range(10))
    assert runs != list(range(10))
