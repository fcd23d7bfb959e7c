import pyarrow as pa
import pytest

from eval_predict.errors import UserError
from iwsi import records
from iwsi.recipe import WarmStart
from iwsi.recipe.load import load_recipe
from iwsi.rounds.preflight import fit_machine, read_rows, resolve, split_labelled


def _labelled(rows):
    names = [str(i) for i in range(rows)]
    columns = {"question_id": names, "prompt": names, "completion": names}
    return pa.table(columns, schema=records.VALIDATION)


@pytest.mark.parametrize(("rows", "count"), [(0.5, 10), (0.07, 1), (3, 3), (20, 20), (99, 20)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_labelled_row_is_trained_on_or_compared_with_and_never_both(rows, count, seed):
    rest, warm = split_labelled(WarmStart(rows=rows), _labelled(20), seed)
    trained, compared = (set(table["question_id"].to_pylist()) for table in (warm, rest))
    assert len(trained) == count
    assert not trained & compared
    assert trained | compared == set(map(str, range(20)))


def test_another_seed_trains_on_other_rows():
    first, second = (split_labelled(WarmStart(rows=5), _labelled(20), seed)[1] for seed in (0, 1))
    assert first["question_id"] != second["question_id"]


def test_a_warm_start_without_a_row_is_refused():
    with pytest.raises(UserError, match=r"warm_start.rows: 0.01, which is none of 20"):
        split_labelled(WarmStart(rows=0.01), _labelled(20), 0)


def test_a_filter_that_compares_losses_needs_rows_that_the_warm_start_leaves(recipe_file):
    recipe = resolve(load_recipe(recipe_file, ["warm_start={rows: 20}"]))
    with pytest.raises(UserError, match="0 rows, those of the warm start left out"):
        read_rows(recipe)
    alone = resolve(load_recipe(recipe_file, ["warm_start={rows: 20}", "filter={method: lmsi}"]))
    rows = read_rows(alone)
    assert rows.splits.validation.num_rows == 0
    assert rows.warm_start.num_rows == 20


def test_more_processes_than_gpus_are_refused_before_anything_is_sampled(recipe_file, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    recipe = load_recipe(recipe_file, ["filter.processes=3", "sample.engine=transformers"])
    with pytest.raises(UserError, match=r"filter\.processes: 3, for 3 GPUs; expected at most"):
        fit_machine(recipe)
