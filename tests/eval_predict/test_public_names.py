"""What users import: the names, how they are called, and what importing them costs."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import eval_predict

SIGNATURES = {
    "AIPW": "(alpha: float = 10.0, *, level: float = 0.95, random_state: int = 0) -> None",
    "Auto": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "AutoCoreset": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "DebiasedFiltering": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "MethodEstimator": "(method: str = 'auto', *, level: float = 0.95, random_state: int = 0)",
    "PPSDoublyRobust": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "RandomSampling": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "ScoreEstimator": "(*, level: float = 0.95, random_state: int = 0) -> None",
    "BIS": "(*, density='classifier', encoder=None, pca=32, truncate=0.9, seeds=1, random_state=0,"
    " samples=10, force=False)",
    "Forecaster": "(*, method='auto', level=0.9, peeking=False, random_state=0)",
    "ReadOptions": "(metrics=(), tasks=(), filter=None, split=None, epoch=None, judge=None,"
    " model=None, item=(), match=None, cluster=None, runs=None)",
    "read": "(path, options=None)",
    "mean_over_seeds": "(values_S, level: float = 0.95)",
    "mean_score": "(scores_N, level: float = 0.95, *, population=None, clusters=None, limits=None)",
    "paired_difference": "(scores_N, baseline_N, level: float = 0.95, *, clusters=None,"
    " limits=None)",
    "evaluate": "(history, score_items, budget: float = 50, method='auto', random_state: int = 0,"
    " level: float = 0.95)",
}
# What has no signature of its own to pin: constants, records, and what other tests pin.
OTHERS = {
    "METHODS",
    "SCORE_SCHEMA",
    "AdaptiveDesign",
    "BenchRow",
    "BenchSummary",
    "Design",
    "Draw",
    "EarlierRound",
    "Estimate",
    "Forecast",
    "ItemFeatures",
    "Method",
    "NotFittedError",
    "Observed",
    "Predictor",
    "Prompts",
    "ScoreMatrix",
    "Reading",
    "Selection",
    "UserError",
    "nearest",
    "read_matrix",
    "read_observed",
    "read_scores",
    "run_benchmark",
    "summarise",
    "write_matrix",
}


def test_the_public_names_are_these() -> None:
    assert set(eval_predict.__all__) == set(SIGNATURES) | OTHERS
    assert len(eval_predict.__all__) == len(set(eval_predict.__all__))


@pytest.mark.parametrize("name", eval_predict.__all__)
def test_every_public_name_can_be_imported_and_is_listed(name: str) -> None:
    assert getattr(eval_predict, name) is not None
    assert name in dir(eval_predict)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_stay(name: str) -> None:
    signature = inspect.signature(getattr(eval_predict, name))
    assert _names_and_defaults(signature) == _names_and_defaults(_parsed(SIGNATURES[name]))


@pytest.mark.parametrize(
    ("owner", "method", "parameters"),
    [
        ("Auto", "fit", ["self", "history", "y"]),
        ("Auto", "select", ["self", "budget"]),
        ("Auto", "predict", ["self", "scores", "draws", "model", "clusters"]),
        ("Auto", "start", ["self", "budget"]),
        ("Auto", "next", ["self", "scores", "draws", "budget"]),
        ("Auto", "predict_many", ["self", "scores", "draws"]),
        ("Auto", "evaluate", ["self", "score_items", "budget"]),
        ("ScoreMatrix", "from_array", ["scores_MN", "models", "items", "metadata"]),
        ("BIS", "fit", ["self", "source", "target"]),
        ("BIS", "predict", ["self", "scores", "method", "level", "target_scores"]),
        ("Forecaster", "fit", ["self", "rounds", "earlier", "history", "features"]),
        ("Forecaster", "forecast", ["self", "observed"]),
        ("Forecaster", "evaluate", ["self", "score_items", "budget"]),
    ],
)
def test_methods_keep_their_parameters(owner: str, method: str, parameters: list[str]) -> None:
    function = getattr(getattr(eval_predict, owner), method)
    assert list(inspect.signature(function).parameters) == parameters


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Autoo'"):
        eval_predict.Autoo  # noqa: B018


def test_types_are_shipped() -> None:
    assert (Path(eval_predict.__file__).parent / "py.typed").is_file()


def test_importing_an_estimator_brings_no_torch() -> None:
    code = "import sys; from eval_predict import Auto, evaluate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _names_and_defaults(signature: inspect.Signature) -> list[tuple[str, object, object]]:
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in signature.parameters.values()
    ]


def _parsed(text: str) -> inspect.Signature:
    namespace: dict[str, object] = {}
    exec(f"def function{text}: ...", namespace)  # noqa: S102  # of this file's own text
    return inspect.signature(namespace["function"])  # type: ignore[arg-type]
