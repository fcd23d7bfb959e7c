import pytest

from iwsi.recipe.load import load_recipe
from iwsi.rounds.adopt import adopt as take_over
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import plan
from iwsi.rounds.run_dir import open_run, take_recipe

BEFORE = ["prepare", "round-0/test", "round-1/sample", "round-1/vote", "round-1/diversity"]


def _recipe(path, *overrides):
    return load_recipe(path, ["forecast=null", "gate=null", *overrides])


def _donor(root, recipe):
    """A run in which every stage is done, of made-up files that say what they are."""
    with open_run(root):
        ledger = take_recipe(root, recipe)
        for stage in plan(recipe):
            for path in stage.writes:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(path)
            digest = ledger.digest(stage, recipe)
            ledger.record(stage, digest, seconds=2.5, startup_seconds=1.0, info={"n": 1})
    return root


def adopt(root, recipe, donors):
    with open_run(root):
        return take_over(root, recipe, take_recipe(root, recipe), donors)


@pytest.fixture
def donor(tmp_path, recipe_file):
    return _donor(tmp_path / "donor", _recipe(recipe_file, "filter.method=iwsi"))


@pytest.mark.parametrize(
    ("overrides", "shared"),
    [
        # Its selection is its own, and what follows depends on that selection's contents.
        (["filter.method=lmsi"], BEFORE),
        (["filter.method=iwsi_weighted"], [*BEFORE, "round-1/weigh"]),
        (["filter.method=iwsi", "filter.keep=0.5"], [*BEFORE, "round-1/weigh"]),
        (["filter.method=iwsi", "filter.loss_over=completion"], BEFORE),
        (["filter.tie=first"], BEFORE[:-2]),
        (["task.validation.size=10"], []),
        (["seed=1"], []),
        (["model.dtype=float16"], []),
    ],
)
def test_what_is_made_from_the_same_is_taken_over_and_nothing_else(
    donor, tmp_path, recipe_file, overrides, shared
):
    recipe = _recipe(recipe_file, *overrides)
    assert adopt(tmp_path / "ours", recipe, [donor]) == shared
    ledger = Ledger(tmp_path / "ours")
    for stage in plan(recipe):
        if stage.name in shared:
            assert ledger.is_done(stage, ledger.digest(stage, recipe))
            theirs = Ledger(donor).entries[stage.name]
            assert ledger.entries[stage.name] == theirs
            for path in theirs.outputs:
                assert (tmp_path / "ours" / path).read_text() == (donor / path).read_text()


def test_all_is_taken_over_where_the_recipe_is_the_same(donor, tmp_path, recipe_file):
    recipe = _recipe(recipe_file, "filter.method=iwsi")
    taken = adopt(tmp_path / "ours", recipe, [donor])
    assert taken == [stage.name for stage in plan(recipe)]
    assert adopt(tmp_path / "ours", recipe, [donor]) == []


def test_other_validation_rows_leave_the_samples_shared(donor, tmp_path, recipe_file):
    recipe = _recipe(recipe_file, "filter.method=iwsi", "task.validation.size=10")
    root = tmp_path / "ours"
    adopt(root, recipe, [donor])
    ledger = Ledger(root)
    prepare = plan(recipe)[0]
    for path in prepare.writes:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("other rows" if path.endswith("validation.parquet") else path)
    ledger.record(prepare, ledger.digest(prepare, recipe), seconds=1.0)
    assert adopt(root, recipe, [donor]) == BEFORE[1:]


def test_two_filters_that_keep_the_same_train_and_test_once(donor, tmp_path, recipe_file):
    recipe = _recipe(recipe_file, "filter.method=lmsi")
    root = tmp_path / "ours"
    adopt(root, recipe, [donor])
    ledger = Ledger(root)
    [select] = [stage for stage in plan(recipe) if stage.kind.name == "select"]
    for path in select.writes:  # just what the donor's filter kept
        (root / path).write_text(path)
    ledger.record(select, ledger.digest(select, recipe), seconds=1.0)
    assert adopt(root, recipe, [donor]) == ["round-1/train", "round-1/test"]


def test_a_donors_file_that_was_changed_is_not_taken_over(donor, tmp_path, recipe_file):
    (donor / "round-1" / "samples").write_text("edited")
    taken = adopt(tmp_path / "ours", _recipe(recipe_file, "filter.method=lmsi"), [donor])
    assert taken == BEFORE[:2]


def test_a_link_that_is_made_anew_leaves_the_donor_as_it_was(donor, tmp_path, recipe_file):
    from iwsi.files import write_text

    adopt(tmp_path / "ours", _recipe(recipe_file, "filter.method=lmsi"), [donor])
    write_text(tmp_path / "ours" / "round-1" / "votes.parquet", "ours")
    assert (donor / "round-1" / "votes.parquet").read_text() == "round-1/votes.parquet"
