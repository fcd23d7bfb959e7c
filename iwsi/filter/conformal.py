"""Outlier detection against the validation rows, by loss and length."""

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def conformal_p_values(
    nll_N: FloatArray,
    num_tokens_N: IntArray,
    validation_nll_V: FloatArray,
    validation_tokens_V: IntArray,
) -> FloatArray:
    """For each candidate how large a share of validation rows lies as far out as it does.

    A point is a text's mean token loss and the logarithm of its length, each in standard
    deviations of the validation rows; how far out it lies is its mean distance to the nearest
    validation rows, the square root of V of them. Dropping p-values of at most alpha drops, in the
    mean over draws, at most the share alpha of candidates that are drawn as validation rows are: a
    row's own distance leaves the row itself out, which can only make it longer.

    Source: Laxhammar & Falkman 2010, Conformal prediction for distribution-independent anomaly
    detection in streaming vessel data; Bates, Candes, Lei, Romano & Sesia 2023, arXiv:2104.08279.

    Args:
        nll_N: Mean token loss of each candidate, nats, shape (N,); NaN stays NaN.
        num_tokens_N: Tokens of each candidate, shape (N,).
        validation_nll_V: The same of each validation row, shape (V,).
        validation_tokens_V: Tokens of its worked answer, shape (V,).

    Returns:
        Shape (N,), between 1 / (V + 1) and 1.

    Raises:
        UserError: fewer than two validation rows.
    """
    from scipy.spatial import KDTree

    if len(validation_nll_V) < 2:
        raise UserError(
            field="task.validation.size",
            got=f"{len(validation_nll_V)} rows",
            expected="at least 2 for filter.method=conformal",
        )
    rows_V2 = _points(validation_nll_V, validation_tokens_V)
    spread_2 = rows_V2.std(axis=0)
    spread_2[spread_2 == 0] = 1.0  # where all rows have one length, the loss alone separates them
    tree = KDTree(rows_V2 / spread_2)
    near = int(np.ceil(np.sqrt(len(rows_V2) - 1)))
    neighbour_V = tree.query(rows_V2 / spread_2, k=near + 1)[0].reshape(len(rows_V2), -1)[:, 1:]
    scores_V = np.sort(neighbour_V.mean(axis=1))

    points_N2 = _points(nll_N, num_tokens_N) / spread_2
    finite_N = np.isfinite(points_N2).all(axis=1)
    p_N = np.full(len(nll_N), np.nan)
    found = tree.query(points_N2[finite_N], k=near)[0].reshape(int(finite_N.sum()), near)
    farther = len(scores_V) - np.searchsorted(scores_V, found.mean(axis=1), side="left")
    p_N[finite_N] = (1 + farther) / (1 + len(scores_V))
    return p_N


def _points(nll_N: FloatArray, num_tokens_N: IntArray) -> FloatArray:
    return np.stack([nll_N, np.log(np.maximum(num_tokens_N, 1))], axis=1)
