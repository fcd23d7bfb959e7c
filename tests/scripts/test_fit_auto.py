from pathlib import Path

import fit_auto
import numpy as np
import pytest
from benches import auto_choice, auto_draws
from benches.auto_choice import Parts, Quality
from benches.auto_draws import Draws
from worlds import rasch_world

from eval_predict import write_matrix
from eval_predict.bench.worlds import WORLDS


def _draws(count: int, shares_L: list[float]) -> tuple[Draws, Parts]:
    """True means around a half, as far as the sizes of the drawn parts say."""
    rng = np.random.default_rng(0)
    spread_L = np.array([0.01, 0.02, 0.04, 0.08, 0.12, 0.2])
    part_D = rng.choice(6, size=count, p=shares_L)
    truth_D = np.clip(0.5 + spread_L[part_D] * rng.normal(size=count), 0.01, 0.99)
    one_D, two_DF = np.ones(count), np.ones((count, 2))
    texts = (np.full(count, text) for text in ("quarter even", "a", "interpolation"))
    draws = Draws(
        *texts,
        truth_D,
        *(one_D,) * 2,
        items_D=1000 * one_D,
        drawn_D=50 * one_D,
        least_D=0 * one_D,
        most_D=one_D,
        differs_D=one_D > 0,
        effective_D=50 * one_D,
        robust_D=one_D / 2,
        robust_variance_D=one_D,
        mean_DF=two_DF,
        variance_DF=two_DF,
        apart_DF=two_DF,
        evidence_DF=two_DF,
    )
    variance_DK = np.tile(spread_L**2, (count, 2))
    return draws, Parts(np.full((count, 12), 0.5), variance_DK, np.zeros((count, 12)))


def test_the_shares_of_sizes_that_made_the_truth_are_found() -> None:
    shares_L = [0.4, 0.0, 0.0, 0.4, 0.0, 0.2]
    value_P = auto_choice.fit_weights(*_draws(6000, shares_L))
    found_L = np.exp(value_P[:-1]) / np.exp(value_P[:-1]).sum()
    # Neighbouring sizes can hardly be told apart; halves of them can.
    assert found_L[:2].sum() == pytest.approx(0.4, abs=0.06)
    assert found_L[2:5].sum() == pytest.approx(0.4, abs=0.08)
    assert found_L[5] == pytest.approx(0.2, abs=0.06)


def test_densities_integrate_to_one() -> None:
    draws, parts = _draws(1, [1.0, 0, 0, 0, 0, 0])
    grid = np.linspace(1e-3, 1 - 1e-3, 4001)
    total_K = 0.0
    for theta in grid:
        at_theta = draws._replace(truth_D=np.array([theta]))
        total_K = total_K + np.exp(auto_choice._log_density(at_theta, parts))
    np.testing.assert_allclose(np.asarray(total_K)[0] * (grid[1] - grid[0]), 1, atol=0.03)


def test_the_best_design_is_the_one_of_least_score_that_covers_enough() -> None:
    qualities = {"narrow": Quality(0.6, 0.9, 0.5), "fair": Quality(0.8, 0.94, 0.7)}
    assert auto_choice.best(qualities | {"wide": Quality(0.9, 0.98, 0.7)}) == "fair"
    assert auto_choice.best({"a": Quality(0.6, 0.8, 0.5), "b": Quality(0.9, 0.9, 0.5)}) == "b"


def test_both_commands_run_and_each_matrix_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worlds = {name: WORLDS[name] for name in ("interpolation", "damaged_30")}
    designs = ("quarter even", "two stages", "one shot, 0.6")
    monkeypatch.setattr(auto_draws, "WORLDS", worlds)
    monkeypatch.setattr(auto_draws, "DESIGNS", {name: auto_draws.DESIGNS[name] for name in designs})
    monkeypatch.setattr(fit_auto, "STAGINGS", dict.fromkeys(designs[:2]))
    monkeypatch.setattr(fit_auto, "ONE_SHOT", dict.fromkeys(designs[2:]))
    for seed, name in enumerate(("one", "two")):
        write_matrix(rasch_world(30, 80, seed=seed), tmp_path / f"{name}.parquet")
    files = [str(tmp_path / f"{name}.parquet") for name in ("one", "two")]
    out = str(tmp_path / "draws.npz")
    fit_auto.main(["collect", *files, "--out", out, "--repeats", "2", "--budget", "20"])
    fit_auto.main(["fit", out])
    shown = capsys.readouterr().out
    for text in (
        "## staged",
        "## one shot",
        'candidate "two stages"',
        "without one: ",
        "without two:",
    ):
        assert text in shown
    assert "| damaged_30 |" in shown
