"""The DS weight: how far a candidate lies from the true distribution (arXiv:2408.09849)."""

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError

FloatArray = npt.NDArray[np.float64]


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
    if not (np.isfinite(reference) and reference > 0):
        raise UserError(
            field="validation",
            got=f"a mean loss of {reference}",
            expected="a positive finite loss",
            fix="check that model and validation rows fit each other",
        )
    with np.errstate(divide="ignore"):
        ratio = reference / nll_N
        return np.maximum(ratio, 1 / ratio)
