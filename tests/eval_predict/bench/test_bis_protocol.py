"""The protocol: its splits shift what they say, its rows hold every method, its table adds up."""

import numpy as np
import pytest
from bis_worlds import made_prompts, made_scores

from eval_predict.bench.bis_problems import Benchmark
from eval_predict.bench.bis_protocol import COMPARED, FLOOR, ITEMS_MEAN, Grid, run_protocol
from eval_predict.bench.bis_results import summarise_bis, write_bis_rows
from eval_predict.bench.bis_shifts import SHIFTS
from eval_predict.bis.prompts import Prompts
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError


def _benchmark(name, seed, mean, models=("a", "b", "c")):
    rng = np.random.default_rng(seed)
    texts = [f"{name}: {text}" for text in made_prompts(rng, 150, mean)]
    scores = ScoreMatrix.from_array(made_scores(rng, texts, len(models)), models)
    return Benchmark(name, Prompts.describe(texts), scores)


@pytest.fixture(scope="module")
def benchmarks():
    return [_benchmark("short", 0, 2), _benchmark("long", 1, 4, ("b", "c", "d"))]


def test_pairs_are_ordered_and_of_the_models_that_both_know(benchmarks):
    rows = list(run_protocol(benchmarks))
    assert {(row.source, row.target) for row in rows} == {("short", "long"), ("long", "short")}
    assert {row.model for row in rows} == {"b", "c"}
    assert {row.method for row in rows} == {*COMPARED, "classifier", FLOOR}
    for row in rows:
        assert row.error == pytest.approx(row.estimate - row.truth)
        assert row.low <= row.estimate <= row.high


@pytest.mark.parametrize("shift", SHIFTS)
def test_each_split_is_of_one_benchmark_and_by_its_seed(benchmarks, shift):
    first = list(run_protocol(benchmarks, shift, seeds=[1]))
    assert {(row.source, row.target) for row in first} == {("short", "short"), ("long", "long")}
    assert list(run_protocol(benchmarks, shift, seeds=[1])) == first
    assert list(run_protocol(benchmarks, shift, seeds=[2])) != first


def test_length_split_takes_long_prompts_with_the_stated_odds(benchmarks):
    prompts = benchmarks[0].prompts
    drawn = np.mean(
        [SHIFTS["length"](prompts, np.random.default_rng(seed)) for seed in range(400)], axis=0
    )
    order = np.argsort([len(text) for text in prompts.texts], kind="stable")
    # A logistic function of slope 1.5 at ranks from −2 to 2, averaged over tenths.
    rank = np.linspace(-2, 2, len(order))
    expected = 1 / (1 + np.exp(-1.5 * rank))
    for part in np.array_split(np.arange(len(order)), 10):
        assert drawn[order[part]].mean() == pytest.approx(expected[part].mean(), abs=0.03)


def test_pooled_source_is_all_others(benchmarks):
    more = [*benchmarks, _benchmark("third", 2, 3)]
    rows = list(run_protocol(more, pool=True))
    assert {row.source for row in rows} == {"long+third", "short+third", "short+long"}


def test_settings_that_vary_are_named(benchmarks):
    grid = Grid(("classifier", "kmm"), (0.8, "psis"), source_sizes=(60, None))
    rows = list(run_protocol(benchmarks[:1], "length", grid=grid))
    methods = {row.method for row in rows}
    assert "kmm[truncate=psis,source=60]" in methods
    assert "auto[source=all]" in methods
    assert len(methods) == 2 * (len(COMPARED) + 1 + 2 * 2)


def test_summary_sets_errors_against_the_source_mean(benchmarks, tmp_path):
    rows = list(run_protocol(benchmarks, "length", seeds=[0, 1]))
    by_method = {row.method: row for row in summarise_bis(rows)}
    assert by_method["source_mean"].ratio == pytest.approx(1)
    auto, plain = (
        np.mean([abs(row.error) for row in rows if row.method == method])
        for method in ("auto", "source_mean")
    )
    assert by_method["auto"].ratio == pytest.approx(auto / plain)
    assert write_bis_rows(rows, tmp_path / "rows.csv") == len(rows)
    header = (tmp_path / "rows.csv").read_text().splitlines()[0]
    assert header == "source,target,shift,model,method,estimate,truth,error,low,high,ess,seed"


def test_floor_is_what_a_perfect_method_is_off_by():
    # Where nothing shifts, the source mean is perfect but for the sampling of items.
    wide = [_benchmark("wide", 3, 3, tuple(map(str, range(40))))]
    by_method = {row.method: row for row in summarise_bis(_none(wide, range(40)))}
    assert by_method[FLOOR].mae == pytest.approx(by_method["source_mean"].mae, rel=0.15)


def _none(benchmarks, seeds):
    return [
        row
        for row in run_protocol(benchmarks, "none", seeds=seeds)
        if row.method in (FLOOR, "source_mean")
    ]


def test_few_target_labels_beat_the_prompts_and_the_labels_alone(benchmarks):
    grid = Grid(observed=(0, 10, 40))
    rows = list(run_protocol(benchmarks, "length", grid=grid, seeds=range(12)))
    error = {row.method: row.mae for row in summarise_bis(rows)}
    for count in (10, 40):
        both = error[f"auto[observed={count}]"]
        assert both < error[f"{ITEMS_MEAN}[observed={count}]"]
    assert error["auto[observed=40]"] < error["auto[observed=0]"]


def test_labels_are_of_items_that_the_model_has_a_score_on(benchmarks):
    scores_MN = benchmarks[0].scores.dense_MN()
    scores_MN[0, 10:] = np.nan
    holes = ScoreMatrix.from_array(scores_MN, benchmarks[0].scores.models)
    part = Benchmark("holes", benchmarks[0].prompts, holes)
    rows = list(run_protocol([part], "length", grid=Grid(observed=(5,))))
    assert np.isfinite([row.estimate for row in rows]).all()


def test_unknown_names_are_refused(benchmarks):
    with pytest.raises(UserError, match="length, cluster, none"):
        list(run_protocol(benchmarks, "size"))
    with pytest.raises(UserError, match="two, or one"):
        list(run_protocol(benchmarks[:1]))
    with pytest.raises(UserError, match="density"):
        list(run_protocol(benchmarks, grid=Grid(("best",))))
