"""Per-sample losses in one scoring pass: batches of like length, logits in chunks."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.recipe import LossOver
from iwsi.tasks.encoding import Encoded

if TYPE_CHECKING:
    import torch

Rows = Sequence[npt.NDArray[np.int32]]

CHUNK_BYTES = 2**26  # logits held at a time, in float32


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
        progress: Called with how many samples are done.
    """
    import torch

    result = TokenLosses(
        np.zeros(len(samples)),
        np.zeros(len(samples), dtype=np.int64),
        np.zeros(len(samples)),
        np.zeros(len(samples), dtype=np.int64),
    )
    head = _position_losses(model)
    done = 0
    with torch.inference_mode():
        for rows in batches([len(sample.ids) for sample in samples], batch_tokens):
            losses_BT = head([samples[i].ids for i in rows])
            for row, losses_T in zip(rows, losses_BT, strict=True):
                _add(result, row, samples[row], losses_T)
            done += len(rows)
            progress(done)
    return result


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches of like length, longest first: what will not fit fails at once."""
    batch: list[int] = []
    longest = 0
    for i in np.argsort(-np.asarray(lengths), kind="stable"):
        longest = longest or lengths[i]
        if batch and longest * (len(batch) + 1) > batch_tokens:
            yield batch
            batch, longest = [], lengths[i]
        batch.append(int(i))
    if batch:
        yield batch


def padded(rows: Rows, device: Any) -> dict[str, Any]:
    """A model's inputs from token rows, padded on the right to the longest."""
    import torch

    ids_BT = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask_BT = torch.zeros_like(ids_BT)
    for i, row in enumerate(rows):
        ids_BT[i, : len(row)] = torch.from_numpy(row)
        mask_BT[i, : len(row)] = 1
    return {
        "input_ids": ids_BT.to(device),
        "attention_mask": mask_BT.to(device),
        "use_cache": False,
    }


def _add(
    result: TokenLosses,
    row: int,
    sample: Encoded,
    losses_T: npt.NDArray[np.float64],
) -> None:
    # losses_T[t] is the loss of token t+1: the first token of all has none.
    begin, middle = max(sample.context - 1, 0), max(sample.prompt - 1, 0)
    end = len(sample.ids) - 1
    result.prompt[row] = losses_T[begin:middle].sum()
    result.prompt_tokens[row] = max(middle - begin, 0)
    result.completion[row] = losses_T[middle:end].sum()
    result.completion_tokens[row] = max(end - middle, 0)


def _position_losses(model: Any) -> Callable[[Rows], npt.NDArray[np.float64]]:
    """A function from token rows to their losses, shape (B, T-1), T the longest row."""
    import torch

    decoder, output = model.get_decoder(), model.get_output_embeddings()
    # Some architectures scale or cap their logits after the output layer.
    from_hidden = _logits_are_linear(model, decoder, output)

    def losses(rows: Rows) -> npt.NDArray[np.float64]:
        inputs = padded(rows, model.device)
        ids_BT = inputs["input_ids"]
        if not from_hidden:
            logits_BTV = model(**inputs).logits[:, :-1]
            return _cross_entropy(logits_BTV, ids_BT[:, 1:]).cpu().double().numpy()
        hidden_BTD = decoder(**inputs).last_hidden_state[:, :-1]
        hidden_ND = hidden_BTD.reshape(-1, hidden_BTD.shape[-1])
        targets_N = ids_BT[:, 1:].reshape(-1)
        chunk = max(1, CHUNK_BYTES // (4 * output.weight.shape[0]))
        parts = [
            _cross_entropy(output(hidden), target)
            for hidden, target in zip(
                torch.split(hidden_ND, chunk), torch.split(targets_N, chunk), strict=True
            )
        ]
        return torch.cat(parts).reshape(len(rows), -1).cpu().double().numpy()

    return losses


def _cross_entropy(logits: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
    import torch

    flat = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]).float(), targets.reshape(-1), reduction="none"
    )
    return flat.reshape(targets.shape)


def _logits_are_linear(model: Any, decoder: Any, output: Any) -> bool:
    """Whether the model's logits are just its output layer applied to the last hidden state."""
    import torch

    with torch.inference_mode():
        ids = torch.arange(1, 5, device=model.device)[None] % output.weight.shape[0]
        direct = model(input_ids=ids, use_cache=False).logits
        ours = output(decoder(input_ids=ids, use_cache=False).last_hidden_state)
        return bool(torch.allclose(direct.float(), ours.float(), rtol=1e-3, atol=1e-3))
