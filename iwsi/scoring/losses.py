"""Per-sample losses in one sweep over the samples, logits in chunks."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.models import decoder_of
from iwsi.recipe import LossOver
from iwsi.scoring.batches import Pass, Span, plain_passes, states
from iwsi.scoring.shared_prefix import passes
from iwsi.tasks.encoding import Encoded

if TYPE_CHECKING:
    import torch

# Logits held at a time, in float32. On a GPU fewer and larger chunks read the head less often.
CHUNK_BYTES = 2**29
# Above 32 MiB malloc gives each chunk new memory, which the system clears first.
CPU_CHUNK_BYTES = 2**24


class TokenLosses(NamedTuple):
    """Summed loss in nats and token count of each of N samples, by part; shapes (N,)."""

    prompt: npt.NDArray[np.float64]
    prompt_tokens: npt.NDArray[np.int64]
    completion: npt.NDArray[np.float64]
    completion_tokens: npt.NDArray[np.int64]

    def mean(self, over: LossOver) -> npt.NDArray[np.float64]:
        """Mean token loss, `-(1/T) Σ log p(x_t | x_<t)`; NaN where there is no token."""
        loss, tokens = self.completion, self.completion_tokens
        if over == "sequence":
            loss, tokens = loss + self.prompt, tokens + self.prompt_tokens
        mean = np.full(len(loss), np.nan)
        np.divide(loss, tokens, out=mean, where=tokens > 0)
        return mean


def token_losses(
    model: Any,
    samples: Sequence[Encoded],
    *,
    batch_tokens: int,
    share: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> TokenLosses:
    """Score every sample under the model.

    Samples are batched by like length, at most `batch_tokens` tokens a batch with padding. The
    few-shot context is read but not counted: it is the same for all. Logits exist for a chunk of
    positions at a time, so that a large vocabulary costs no memory.

    Args:
        model: A transformers causal language model in evaluation mode.
        samples: N tokenised samples.
        batch_tokens: Limit per forward pass; a longer sample goes alone.
        share: Read what samples begin with once, if the model can; changes time, not losses.
        progress: Called with how many samples are done.
    """
    import torch

    result = TokenLosses(
        np.zeros(len(samples)),
        np.zeros(len(samples), dtype=np.int64),
        np.zeros(len(samples)),
        np.zeros(len(samples), dtype=np.int64),
    )
    sweep = passes if share else plain_passes
    done = 0
    with torch.inference_mode():
        decoder, output = decoder_of(model), model.get_output_embeddings()
        # Some architectures scale or cap their logits after the output layer.
        linear = _logits_are_linear(model, decoder, output)
        forward, head = (decoder, output) if linear else (model, None)
        for part in sweep(forward, samples, batch_tokens=batch_tokens, device=model.device):
            losses_BT = _position_losses(part, samples, head)
            for span, losses_T in zip(part.spans, losses_BT, strict=True):
                for row in span.samples:
                    _add(result, row, samples[row], span, losses_T)
                    done += span.end == len(samples[row].ids)
            progress(done)
    return result


def _add(
    result: TokenLosses,
    row: int,
    sample: Encoded,
    span: Span,
    losses_T: npt.NDArray[np.float64],
) -> None:
    # losses_T[t] is the loss of the span's token t+1: the first token of all has none.
    ends = min(sample.context, sample.prompt), sample.prompt, len(sample.ids)
    width = min(span.end + 1, len(sample.ids)) - span.begin - 1
    begin, middle, end = (min(max(at - span.begin - 1, 0), width) for at in ends)
    result.prompt[row] += losses_T[begin:middle].sum()
    result.prompt_tokens[row] += middle - begin
    result.completion[row] += losses_T[middle:end].sum()
    result.completion_tokens[row] += end - middle


def _position_losses(part: Pass, samples: Sequence[Encoded], head: Any) -> npt.NDArray[np.float64]:
    """Losses of the token after each token of B spans, shape (B, T), T the longest span."""
    import torch

    states_BTD = states(part.output)
    after_BT = np.zeros(states_BTD.shape[:2], dtype=np.int64)
    for i, span in enumerate(part.spans):
        ids = samples[span.samples[0]].ids[span.begin + 1 : span.end + 1]
        after_BT[i, : len(ids)] = ids
    if all(samples[row].context > span.end for span in part.spans for row in span.samples):
        return np.zeros(after_BT.shape)  # few-shot text, which does not count
    states_ND = states_BTD.reshape(-1, states_BTD.shape[-1])
    targets_N = torch.from_numpy(after_BT.reshape(-1)).to(states_ND.device)
    if head is None:
        losses_N = _cross_entropy(states_ND, targets_N)
    else:
        size = CPU_CHUNK_BYTES if states_ND.device.type == "cpu" else CHUNK_BYTES
        chunk = max(1, size // (4 * head.weight.shape[0]))
        parts = zip(torch.split(states_ND, chunk), torch.split(targets_N, chunk), strict=True)
        losses_N = torch.cat([_cross_entropy(head(hidden), ids) for hidden, ids in parts])
    return losses_N.reshape(after_BT.shape).cpu().double().numpy()


def _cross_entropy(logits_NV: "torch.Tensor", targets_N: "torch.Tensor") -> "torch.Tensor":
    import torch

    # A head on another GPU than the last layer gives logits that lie there.
    targets_N = targets_N.to(logits_NV.device)
    return torch.nn.functional.cross_entropy(logits_NV.float(), targets_N, reduction="none")


def _logits_are_linear(model: Any, decoder: Any, output: Any) -> bool:
    """Whether the model's logits are just its output layer applied to the last hidden state."""
    import torch

    with torch.inference_mode():
        ids = torch.arange(1, 5, device=model.device)[None] % output.weight.shape[0]
        direct = model(input_ids=ids, use_cache=False).logits
        ours = output(decoder(input_ids=ids, use_cache=False).last_hidden_state)
        return bool(torch.allclose(direct.float(), ours.float(), rtol=1e-3, atol=1e-3))
