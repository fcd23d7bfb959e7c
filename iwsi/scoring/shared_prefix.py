"""Reads what samples share once: the text that all begin with, then each prompt."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from iwsi.scoring.batches import (
    Forward,
    Pass,
    Rows,
    Span,
    batches,
    pass_limit,
    plain_passes,
    states,
)
from iwsi.tasks.encoding import Encoded, common_prefix

if TYPE_CHECKING:
    import torch

    from iwsi.scoring.few_shot_attention import Start
    from iwsi.scoring.prefix_cache import Prefixes

# Sharing takes more and smaller passes: below a fifth of the tokens it saves no time.
LEAST_SAVED = 0.2
# A reader that sees other tokens is off by a tenth or more. Below this it may be rounding, if it is
# no more than so many times what leaving out the padding changes.
MOST_ROUNDING, TIMES_ROUNDING = 1e-2, 10.0
# Of the tokens of a batch. Prompts in the cache take room in every layer, and a pass in one.
CACHED = 0.5


class _Tree(NamedTuple):
    """Samples by what they share: `start` tokens all, then those of a question its prompt."""

    start: int
    questions: list[list[int]]


def passes(
    forward: Forward, samples: Sequence[Encoded], *, batch_tokens: int, device: Any
) -> Iterator[Pass]:
    """Read every token of every sample, those that samples share once.

    First the text that all begin with, if the model's attention can follow one text with all
    rows, then each prompt but its last token, then each answer after that token. A span counts
    with the prompt that it follows, so that the limit is one of memory as in `plain_passes`,
    which reads samples that share little and models that cannot share. On top of a pass comes
    the cache of its prompts, at most half of the limit, in every layer.

    Args:
        forward: Takes token ids and gives hidden states or logits.
        samples: N tokenised samples.
        batch_tokens: Limit per forward pass, padding too; a longer span goes alone.
        device: Where the model is.

    Yields:
        Passes, in which every sample has one span that ends where it does.
    """
    for with_start in (True, False):
        tree = _tree(samples, with_start)
        if tree is not None and can_share(forward, device, start=tree.start > 0):
            yield from _shared(forward, samples, tree, batch_tokens, device)
            return
    yield from plain_passes(forward, samples, batch_tokens=batch_tokens, device=device)


def can_share(forward: Forward, device: Any, *, start: bool) -> bool:
    """Whether rows that read a prefix from a cache get the states that they get on their own.

    Seen by trying it on a few tokens, with padding in every place where there may be some. What
    a model forgets after many tokens does not show in a few, so layers with a window or a
    recurrent state are refused by their kind.

    Args:
        forward: The model.
        device: Where it is.
        start: Whether the prefixes follow a text that all begin with.
    """
    import torch

    from iwsi.scoring.few_shot_attention import has_replaceable_attention
    from iwsi.scoring.prefix_cache import keeps_every_token

    if not keeps_every_token(forward, device) or (start and not has_replaceable_attention(forward)):
        return False
    token = np.arange(1, 10, dtype=np.int32) % 7 + 1
    prompts = [token[:5], np.r_[token[:2], token[:1], token[4:9]]]
    samples = [
        Encoded(np.concatenate([prompt, token[:length]]), 0, len(prompt))
        for prompt in prompts
        for length in (1, 4)
    ]
    tree = _Tree(2 if start else 0, [[0, 1], [2, 3]])
    alone = _last_states(plain_passes(forward, samples, batch_tokens=64, device=device))
    try:
        shared = _last_states(_shared(forward, samples, tree, 64, device))
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError, LookupError, AttributeError):
        return False  # attention of another kind: its keys are not what the cache holds, say
    tolerance = max(1e-4, 8 * torch.finfo(alone[0].dtype).eps)
    found = _distance(shared, alone)
    if not tolerance < found <= MOST_ROUNDING:
        return found <= tolerance
    # Training can leave weights that magnify rounding: their states move as far without padding.
    single = [plain_passes(forward, [one], batch_tokens=64, device=device) for one in samples]
    unpadded = {i: _last_states(its)[0] for i, its in enumerate(single)}
    return found <= TIMES_ROUNDING * _distance(unpadded, alone)


def _distance(some: dict[int, "torch.Tensor"], others: dict[int, "torch.Tensor"]) -> float:
    """The largest distance of a sample's states, relative to their size."""
    off = [(some[i] - others[i]).norm() / others[i].norm() for i in others]
    return max(float(one.detach()) for one in off)


def _tree(samples: Sequence[Encoded], with_start: bool) -> _Tree | None:
    """How samples share their beginnings, or None if that saves too little."""
    if not samples or min(sample.prompt for sample in samples) < 2:
        return None
    groups: dict[bytes, list[int]] = {}
    for i, sample in enumerate(samples):
        groups.setdefault(sample.ids[: sample.prompt].tobytes(), []).append(i)
    questions = list(groups.values())
    prompts = [samples[rows[0]].ids[: samples[rows[0]].prompt] for rows in questions]
    # One token of the start, and one of each prompt, is left to what follows: its state says how
    # likely the first token there is.
    start = max(common_prefix([ids[:-1] for ids in prompts]) - 1, 0) if with_start else 0
    plain = sum(len(sample.ids) for sample in samples)
    ours = start + sum(len(ids) - 1 - start for ids in prompts)
    ours += sum(len(sample.ids) - sample.prompt + 1 for sample in samples)
    return _Tree(start, questions) if ours <= (1 - LEAST_SAVED) * plain else None


def _shared(
    forward: Forward, samples: Sequence[Encoded], tree: _Tree, batch_tokens: int, device: Any
) -> Iterator[Pass]:
    from iwsi.scoring.prefix_cache import read

    start = None
    if tree.start:
        everyone = Span(list(range(len(samples))), 0, tree.start)
        output, root = read(forward, _ids(samples, [everyone]), device)
        start = root.start
        yield Pass([everyone], output)
    ends = [samples[rows[0]].prompt - 1 for rows in tree.questions]
    lengths, limit = [end - tree.start for end in ends], pass_limit(device)
    for batch in batches(lengths, int(CACHED * batch_tokens), pass_tokens=limit):
        spans = [Span(tree.questions[i], tree.start, ends[i]) for i in batch]
        rows = _ids(samples, spans)
        output, prompts = read(forward, rows, device, begin=tree.start, start=start)
        yield Pass(spans, output)
        yield from _answers(forward, samples, spans, prompts, start, batch_tokens)


def _answers(
    forward: Forward,
    samples: Sequence[Encoded],
    questions: list[Span],
    prompts: "Prefixes",
    start: "Start | None",
    batch_tokens: int,
) -> Iterator[Pass]:
    from iwsi.scoring.prefix_cache import read_after

    question = {i: row for row, span in enumerate(questions) for i in span.samples}
    spans = [Span([i], samples[i].prompt - 1, len(samples[i].ids)) for i in question]
    width, device = prompts.mask_PW.shape[1], prompts.mask_PW.device
    lengths = [span.end - span.begin for span in spans]
    limit = pass_limit(device)
    for batch in batches(lengths, batch_tokens, behind=width, pass_tokens=limit):
        batch_spans = [spans[row] for row in batch]
        follows = [question[span.samples[0]] for span in batch_spans]
        begins = [span.begin for span in batch_spans]
        rows = _ids(samples, batch_spans)
        yield Pass(batch_spans, read_after(forward, prompts, follows, rows, begins, start=start))


def _ids(samples: Sequence[Encoded], spans: list[Span]) -> Rows:
    return [samples[span.samples[0]].ids[span.begin : span.end] for span in spans]


def _last_states(passes: Iterator[Pass]) -> dict[int, "torch.Tensor"]:
    """The state, or the logits, of each sample's last token."""
    found: dict[int, torch.Tensor] = {}
    for spans, output in passes:
        for span, states_TD in zip(spans, states(output), strict=True):
            found |= dict.fromkeys(span.samples, states_TD[span.end - span.begin - 1])
    return found
