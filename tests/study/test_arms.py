from pathlib import Path

import pytest
from conftest import ROOT

from eval_predict.errors import UserError
from iwsi.study.arms import arms_of

RECIPE = ROOT / "recipes" / "tiny_arith.yaml"


def test_a_study_has_an_arm_for_each_filter_setting_and_seed():
    arms = arms_of(RECIPE, ["sample.n=7"], ["lmsi", "iwsi"], [3, 4], "filter.keep=0.5,0.9")
    assert [(arm.seed, arm.name) for arm in arms[:4]] == [
        (3, "lmsi filter.keep=0.5"),
        (3, "lmsi filter.keep=0.9"),
        (3, "iwsi filter.keep=0.5"),
        (3, "iwsi filter.keep=0.9"),
    ]
    assert len(arms) == 8
    assert len({arm.folder for arm in arms}) == 8
    for arm in arms:
        recipe = arm.recipe
        assert (recipe.filter.method, recipe.seed, recipe.sample.n) == (arm.filter, arm.seed, 7)
        if arm.filter == "iwsi":  # lmsi keeps all
            assert f"filter.keep={recipe.filter.keep}" == arm.setting
        assert (recipe.rounds, recipe.test.full) == (1, "every")
        assert recipe.forecast is None
        assert recipe.gate is None


def test_without_a_sweep_an_arm_is_named_by_its_filter():
    [arm] = arms_of(RECIPE, [], ["oracle"], [0])
    assert (arm.name, arm.setting, arm.folder) == ("oracle", None, Path("seed-0/oracle"))


def test_each_objective_is_an_arm_with_pairs_where_it_needs_them():
    arms = arms_of(RECIPE, [], ["iwsi"], [0], objectives=["sft", "dpo", "sft+dpo"])
    assert [arm.name for arm in arms] == ["iwsi sft", "iwsi dpo", "iwsi sft+dpo"]
    assert [arm.recipe.train.objective for arm in arms] == ["sft", "dpo", "sft+dpo"]
    assert [arm.recipe.train.pairs is None for arm in arms] == [True, False, False]
    named = ["train.pairs={min_margin: 0.5}", "train.objective=dpo"]
    sft, dpo = arms_of(RECIPE, named, ["iwsi"], [0], objectives=["sft", "dpo"])
    assert sft.recipe.train.pairs is None
    assert dpo.recipe.train.pairs.min_margin == 0.5


def test_an_objective_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"--objectives: 'dpoo'; .*Did you mean \"dpo\"\?"):
        arms_of(RECIPE, [], ["iwsi"], [0], objectives=["dpoo"])


def test_what_is_named_twice_runs_once():
    assert len(arms_of(RECIPE, [], ["iwsi", "iwsi"], [0], "filter.keep=1,1")) == 1


@pytest.mark.parametrize(
    ("filters", "sweep", "line"),
    [
        (["lmsi", "isi"], None, "--filters: 'isi'; expected names of lmsi"),
        (["lmsi"], "filter.keep", "--sweep: 'filter.keep'; expected key=value"),
        (["lmsi"], "filter.keep=0.5,", "--sweep: 'filter.keep=0.5,'; expected key=value"),
        (["lmsi"], "filter.kept=1", "filter.kept"),
        (["iwsi"], "filter.keep=2", "filter.keep: 2; expected less than or equal to 1"),
        (["lmsi"], "filter.keep=1", "--sweep: filter.keep, which none of lmsi has"),
        (["rm"], None, "filter.reward_model: nothing; expected a value"),
    ],
)
def test_a_study_that_cannot_run_is_refused_before_it_begins(filters, sweep, line):
    with pytest.raises(UserError) as caught:
        arms_of(RECIPE, [], filters, [0], sweep)
    assert line in str(caught.value)


def test_a_filter_that_learns_from_audited_rows_has_its_audit_in_a_study():
    arms = arms_of(RECIPE, ["audit={rows: 30}"], ["lmsi", "auto"], [0])
    assert [arm.recipe.audit and arm.recipe.audit.rows for arm in arms] == [None, 30]
