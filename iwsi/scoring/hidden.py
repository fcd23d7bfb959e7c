"""Mean hidden states of texts, and a density ratio of validation rows over candidates."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from eval_predict.bis.ratios import log_ratio
from eval_predict.errors import UserError
from iwsi.models import decoder_of
from iwsi.scoring.shared_prefix import passes
from iwsi.tasks.encoding import Encoded

# Few beside the validation rows: more of them only let the ratio learn the rows by heart.
COMPONENTS = 32
LEAST_ROWS = 10


def mean_hidden(
    model: Any,
    samples: Sequence[Encoded],
    *,
    batch_tokens: int,
    progress: Callable[[int], None] = lambda done: None,
) -> npt.NDArray[np.float32]:
    """The last layer's states, averaged over each completion's tokens.

    Args:
        model: A transformers causal language model in evaluation mode, of width D.
        samples: N tokenised samples, each with a completion.
        batch_tokens: Limit per forward pass; a longer sample goes alone.
        progress: Called with how many samples are done.

    Returns:
        Shape (N, D).
    """
    import torch

    decoder = decoder_of(model)
    width = model.get_output_embeddings().weight.shape[1]
    means_ND = np.zeros((len(samples), width), np.float32)
    done = 0
    with torch.inference_mode():
        for spans, output in passes(
            decoder, samples, batch_tokens=batch_tokens, device=model.device
        ):
            for span, states_TD in zip(spans, output.last_hidden_state, strict=True):
                for row in span.samples:
                    if span.end == len(samples[row].ids):
                        answer = slice(samples[row].prompt - span.begin, span.end - span.begin)
                        means_ND[row] = states_TD[answer].float().mean(dim=0).cpu().numpy()
                        done += 1
            progress(done)
    return means_ND


def log_density_ratio(
    candidates_ND: npt.NDArray[np.float32], validation_VD: npt.NDArray[np.float32], seed: int
) -> npt.NDArray[np.float64]:
    """How much likelier each candidate is among validation rows than among candidates, as a log.

    The ratio is that of a classifier which has not seen the candidate, on the leading principal
    components of both.

    Source: Sugiyama, Suzuki & Kanamori 2012, Density Ratio Estimation, chapter 4.

    Args:
        candidates_ND: One vector a candidate, shape (N, D).
        validation_VD: The same of the validation rows, shape (V, D).
        seed: Of folds and components.

    Returns:
        Shape (N,), up to a constant.

    Raises:
        UserError: too few validation rows to tell them apart from candidates.
    """
    from sklearn.decomposition import PCA

    if len(validation_VD) < LEAST_ROWS:
        raise UserError(
            field="task.validation.size",
            got=f"{len(validation_VD)} rows",
            expected=f"at least {LEAST_ROWS} for filter.method=density",
        )
    points_MD = np.concatenate([candidates_ND, validation_VD])
    count = min(COMPONENTS, *points_MD.shape)
    parts_MC = PCA(count, whiten=True, random_state=seed).fit_transform(points_MD)
    parts_MC = parts_MC.astype(np.float64)
    return log_ratio(
        "classifier", parts_MC[: len(candidates_ND)], parts_MC[len(candidates_ND) :], seed
    )
