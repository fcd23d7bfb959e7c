"""A prediction with everything that its input gives reason to doubt: what users are shown."""

from dataclasses import replace

from eval_predict.data.checks import check_observed
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.clustered import with_clusters
from eval_predict.predict.findings import with_findings
from eval_predict.predict.predictor import Predictor
from eval_predict.stats.clusters import Labels
from eval_predict.stats.estimate import Estimate


def predict_checked(
    predictor: Predictor,
    method: str,
    history: ScoreMatrix,
    observed: Observed,
    level: float,
    *,
    model: str | None = None,
    clusters: Labels | None = None,
    warnings: tuple[str, ...] = (),
) -> Estimate:
    """The estimate of one target, after the checks of what was observed.

    Args:
        predictor: fitted on the history.
        method: the method's name; several share a predictor, and a fallback keeps its own name.
        history: what other models scored.
        observed: the target's scores (T = 1).
        level: coverage of the interval.
        model: the target's name, where it has one.
        clusters: a label for each of the N items, where whole clusters were run.
        warnings: what had to be assumed when the scores were read.

    Raises:
        UserError: (a ValueError) as `check_observed`.
    """
    findings = check_observed(history, observed, model)
    estimate = predictor.predict(observed, level)
    name = method if estimate.method == predictor.name else estimate.method
    estimate = replace(estimate, method=name, warnings=(*warnings, *estimate.warnings))
    if clusters is not None:
        estimate = with_clusters(estimate, observed, clusters, history.mean_N)
    return with_findings(estimate, findings, observed, len(history.items))
