"""DeepEval: `.latest_test_run.json`."""

from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "DeepEval"
LOOKS_FOR = "an object with testCases that have metricsData"


def recognise(content: Content) -> bool:
    """Whether this is a run of test cases, or the cache beside it."""
    return _run(content) is not None or "test_cases_lookup_map" in content.mapping


def read(content: Content, options: ReadOptions) -> Draft:
    """One model without a name: a test case is an item, each of its metrics a metric.

    A metric that failed (`score` null, or an error) is missing; `success` says whether a case met
    the thresholds of all its metrics.

    Raises:
        UserError: (a ValueError) on the cache, whose keys are whole test cases.
    """
    run = _run(content)
    if run is None:
        raise no_scores(
            content.path, "DeepEval's cache, not a run", "Give .latest_test_run.json beside it."
        )
    cases = [
        case
        for kind in ("testCases", "conversationalTestCases")
        for case in run.get(kind) or ()
        if isinstance(case, dict)
    ]
    if not cases:
        raise no_scores(content.path, "a run without test cases", "Run the tests again.")
    rows = tuple(_row(case, number) for number, case in enumerate(cases))
    order = dict.fromkeys(name for row in rows for name in row.metrics if name != "success")
    return Draft(rows, prefer=(*order, "success"))


def _run(content: Content) -> dict[str, Any] | None:
    value = content.mapping
    run = value.get("testRunData", value)
    if isinstance(run, dict) and isinstance(run.get("testCases"), list):
        return run
    return None


def _row(case: dict[str, Any], number: int) -> Row:
    metrics: dict[str, float] = {}
    for metric in case.get("metricsData") or case.get("metricsMetadata") or ():
        if not isinstance(metric, dict):
            continue
        name = str(metric.get("name") or metric.get("metric"))
        score = score_of(None if metric.get("error") else metric.get("score"))
        if score is not None:
            metrics[name] = score
    success = score_of(case.get("success"))
    if success is not None:
        metrics["success"] = success
    prompt = case.get("input")
    name = text_of(case.get("name") or case.get("order") or number)
    return Row(name, metrics, prompt=prompt if isinstance(prompt, str) else None)
