"""The DS weight: how far a candidate lies from the true distribution (arXiv:2408.09849)."""

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def ds_weight(nll_N: FloatArray, validation_nll_V: FloatArray) -> FloatArray:
    """`max(r, 1/r)` with `r = mean(validation loss) / loss`; at least 1, and 1 means no shift.

    Source: arXiv:2408.09849, section 3.2.

    Args:
        nll_N: Mean token loss of each candidate, in nats, shape (N,). A candidate that was not
            scored (NaN) gets NaN.
        validation_nll_V: Mean token loss of each labelled validation row, shape (V,).

    Returns:
        Weights, shape (N,); infinite where a candidate's loss is 0 or infinite.

    Raises:
        UserError: no validation loss, or one that is not positive and finite.
    """
    if validation_nll_V.size == 0:
        raise UserError(field="validation", got="no rows", expected="labelled rows to compare with")
    reference = float(validation_nll_V.mean())
    _check_reference(reference)
    return two_sided_distance(nll_N, reference)


def length_ds_weight(
    nll_N: FloatArray,
    num_tokens_N: IntArray,
    validation_nll_V: FloatArray,
    validation_tokens_V: IntArray,
) -> FloatArray:
    """`max(r, 1/r)` with `r = validation loss expected at this length / loss`.

    A long answer has another mean token loss than a short one, whatever its distribution. So the
    reference is a Gaussian kernel regression of the validation rows' losses on the logarithm of
    their length, with Silverman's width; beyond their lengths it is that of the nearest rows.

    Source: Nadaraya 1964, Theory Probab. Appl. 9:141-142; Watson 1964, Sankhya A 26:359-372;
    Silverman 1986, Density Estimation, section 3.4.2.

    Args:
        nll_N: Mean token loss of each candidate, nats, shape (N,); NaN stays NaN.
        num_tokens_N: Tokens of each candidate, shape (N,).
        validation_nll_V: The same of each validation row, shape (V,).
        validation_tokens_V: Tokens of its worked answer, shape (V,).

    Raises:
        UserError: as `ds_weight`.
    """
    _check_reference(float(validation_nll_V.mean()) if validation_nll_V.size else np.nan)
    at_V = np.log(np.maximum(validation_tokens_V, 1))
    width = 1.06 * at_V.std() * len(at_V) ** -0.2 or 1.0  # all of one length: their mean
    lengths_L, length_N = np.unique(num_tokens_N, return_inverse=True)
    exponent_LV = -0.5 * ((np.log(np.maximum(lengths_L, 1))[:, None] - at_V) / width) ** 2
    kernel_LV = np.exp(exponent_LV - exponent_LV.max(axis=1, keepdims=True))
    reference_L = kernel_LV @ validation_nll_V / kernel_LV.sum(axis=1)
    return two_sided_distance(nll_N, reference_L[length_N])


def one_sided_ds_weight(nll_N: FloatArray, validation_nll_V: FloatArray) -> FloatArray:
    """`max(loss / mean(validation loss), 1)`: only a loss above the labelled rows' is a shift.

    The two-sided weight counts an answer with a lower loss than the labelled rationales as
    shifted, and so keeps answers that the model doubts.

    Args:
        nll_N: Mean token loss of each candidate, nats, shape (N,); NaN stays NaN.
        validation_nll_V: Mean token loss of each labelled row, shape (V,).

    Raises:
        UserError: as `ds_weight`.
    """
    if validation_nll_V.size == 0:
        raise UserError(field="validation", got="no rows", expected="labelled rows to compare with")
    reference = float(validation_nll_V.mean())
    _check_reference(reference)
    return one_sided_distance(nll_N, reference)


def two_sided_distance(nll_N: FloatArray, reference: float | FloatArray) -> FloatArray:
    """`max(r, 1/r)` with `r = reference / loss`, shape (N,)."""
    with np.errstate(divide="ignore"):
        ratio_N = reference / nll_N
        return np.maximum(ratio_N, 1 / ratio_N)


def one_sided_distance(nll_N: FloatArray, reference: float | FloatArray) -> FloatArray:
    """`max(loss / reference, 1)`, shape (N,)."""
    return np.asarray(np.maximum(nll_N / reference, 1.0))


def _check_reference(reference: float) -> None:
    if not (np.isfinite(reference) and reference > 0):
        raise UserError(
            field="validation",
            got=f"a mean loss of {reference}",
            expected="a positive finite loss",
            fix="Check that the model and the labelled rows fit each other.",
        )
