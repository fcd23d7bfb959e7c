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
