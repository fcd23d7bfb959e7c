import math

import numpy as np
import pyarrow as pa
import pytest

from eval_predict import ScoreMatrix, UserError
from eval_predict.items.analysis import ItemReport, analyse_items


def _world(M: int = 80, N: int = 40, seed: int = 0) -> np.ndarray:
    """Answers of a one-parameter logistic model."""
    rng = np.random.default_rng(seed)
    ability_M, difficulty_N = rng.normal(0, 1.5, M), rng.normal(0, 1, N)
    return (rng.random((M, N)) < 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))).astype(float)


def _by_name(scores_MN: np.ndarray, **more: pa.Table) -> dict[str, ItemReport]:
    return {
        report.item: report for report in analyse_items(ScoreMatrix.from_array(scores_MN, **more))
    }


def test_difficulty_agreement_and_dead_items() -> None:
    scores_MN = _world()
    scores_MN[:, 0], scores_MN[:, 1] = 0, 1
    reports = _by_name(scores_MN)
    assert (reports["0"].mean, reports["0"].flags) == (0, ("never_right",))
    assert (reports["1"].mean, reports["1"].flags) == (1, ("never_wrong",))
    assert math.isnan(reports["0"].discrimination)
    assert reports["2"].mean == pytest.approx(scores_MN[:, 2].mean())
    share = scores_MN[:, 2].mean()
    assert reports["2"].agreement == pytest.approx(max(share, 1 - share))


def test_discrimination_is_the_correlation_with_the_other_items() -> None:
    scores_MN = _world()
    rest_M = np.delete(scores_MN, 5, axis=1).mean(axis=1)
    expected = np.corrcoef(scores_MN[:, 5], rest_M)[0, 1]
    assert _by_name(scores_MN)["5"].discrimination == pytest.approx(expected)


def test_a_turned_key_is_found_and_right_ones_are_not_flagged() -> None:
    scores_MN = _world(seed=3)
    turned = int(np.argmin(np.abs(scores_MN.mean(axis=0) - 0.5)))
    scores_MN[:, turned] = 1 - scores_MN[:, turned]
    reports = _by_name(scores_MN)
    wrong = [name for name, report in reports.items() if "likely_wrong_key" in report.flags]
    assert wrong == [str(turned)]
    assert "negative_discrimination" in reports[str(turned)].flags


def test_a_coin_does_not_fit_and_the_models_own_items_do() -> None:
    scores_MN = _world(M=200, seed=4)
    scores_MN[:, 7] = np.random.default_rng(9).random(200) < 0.5
    reports = _by_name(scores_MN)
    assert "misfit" in reports["7"].flags
    others = [report.fit for name, report in reports.items() if name != "7"]
    assert np.median(others) == pytest.approx(1, abs=0.15)


def test_the_same_text_and_the_same_answers_are_duplicates() -> None:
    scores_MN = _world()
    middle = np.argsort(np.abs(scores_MN.mean(axis=0) - 0.5))[:3]
    scores_MN[:, middle[0]] = scores_MN[:, middle[1]]
    prompts = [f"Question {n}?" for n in range(40)]
    prompts[3] = "question  4"
    metadata = pa.table({"item": [str(n) for n in range(40)], "prompt": prompts})
    reports = _by_name(scores_MN, metadata=metadata)
    assert reports[str(middle[0])].duplicates == (str(middle[1]),)
    assert reports["3"].duplicates == ("4",)
    assert sum("near_duplicate" in report.flags for report in reports.values()) == 4


def test_missing_scores_are_passed_over_and_scales_kept() -> None:
    scores_MN = _world() * 10
    scores_MN[:10, 0] = np.nan
    report = _by_name(scores_MN)["0"]
    assert report.models == 70
    assert report.mean == pytest.approx(np.nanmean(scores_MN[:, 0]))
    assert 0.5 <= report.agreement <= 1


def test_few_models_are_refused() -> None:
    with pytest.raises(UserError, match="4 models; expected at least 5"):
        analyse_items(ScoreMatrix.from_array(np.eye(4)))
