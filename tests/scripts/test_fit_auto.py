from pathlib import Path

import fit_auto
import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import write_matrix
from eval_predict.bench.worlds import WORLDS


def _draws(count: int, shares_L: list[float]) -> fit_auto.Draws:
    """True means around a half, as far as the sizes of the drawn parts say."""
    rng = np.random.default_rng(0)
    spread_L = np.array([0.01, 0.02, 0.04, 0.08, 0.12, 0.2])
    part_D = rng.choice(6, size=count, p=shares_L)
    truth_D = np.clip(0.5 + spread_L[part_D] * rng.normal(size=count), 0.01, 0.99)
    return fit_auto.Draws(
        np.full(count, "staged"),
        np.full(count, "a"),
        np.full(count, "interpolation"),
        truth_D,
        np.full(count, 0.05),
        np.full(count, 0.3),
        np.full(count, 1000.0),
        np.zeros(count),
        np.ones(count),
        np.full((count, 12), 0.5),
        np.tile(spread_L**2, (count, 2)),
        np.zeros((count, 12)),
    )


def test_the_shares_of_sizes_that_made_the_truth_are_found() -> None:
    shares_L = [0.4, 0.0, 0.0, 0.4, 0.0, 0.2]
    value_P = fit_auto._fit(_draws(6000, shares_L))
    found_L = np.exp(value_P[:-1]) / np.exp(value_P[:-1]).sum()
    # Neighbouring sizes can hardly be told apart; halves of them can.
    assert found_L[:2].sum() == pytest.approx(0.4, abs=0.06)
    assert found_L[2:5].sum() == pytest.approx(0.4, abs=0.08)
    assert found_L[5] == pytest.approx(0.2, abs=0.06)


def test_densities_integrate_to_one() -> None:
    draws = _draws(1, [1.0, 0, 0, 0, 0, 0])
    grid = np.linspace(1e-3, 1 - 1e-3, 4001)
    total_K = 0.0
    for theta in grid:
        total_K = total_K + np.exp(fit_auto._log_density(draws._replace(truth_D=np.array([theta]))))
    np.testing.assert_allclose(np.asarray(total_K)[0] * (grid[1] - grid[0]), 1, atol=0.03)


def test_both_commands_run_and_each_matrix_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        fit_auto, "WORLDS", {name: WORLDS[name] for name in ("interpolation", "damaged_30")}
    )
    for seed, name in enumerate(("one", "two")):
        write_matrix(rasch_world(30, 80, seed=seed), tmp_path / f"{name}.parquet")
    files = [str(tmp_path / f"{name}.parquet") for name in ("one", "two")]
    out = str(tmp_path / "draws.npz")
    fit_auto.main(["collect", *files, "--out", out, "--repeats", "2", "--budget", "20"])
    fit_auto.main(["fit", out])
    shown = capsys.readouterr().out
    for text in ("## staged", "## one_shot", "without one: size_shares=(", "without two:"):
        assert text in shown
    assert "| damaged_30 |" in shown
