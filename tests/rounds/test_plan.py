import pytest

from eval_predict.errors import UserError
from iwsi.filter.methods import METHODS
from iwsi.pool.gpus import visible_gpus
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.layout import TEST, TRAIN_GOLD, VALIDATION, WARM_START
from iwsi.rounds.plan import find, plan


def _filter(method):
    """The overrides for a method, with what it requires."""
    section = f"filter={{method: {method}{', reward_model: org/model' if method == 'rm' else ''}}}"
    return ["audit={rows: 50}", section] if "audit" in METHODS[method].needs else [section]


def _plan(recipe_file, *overrides):
    return plan(load_recipe(recipe_file, list(overrides)))


@pytest.mark.parametrize("method", METHODS)
def test_a_stage_reads_only_what_an_earlier_one_wrote(recipe_file, method):
    written = set()
    overrides = ("rounds=3", "train.start_from=previous", *_filter(method))
    for stage in _plan(recipe_file, *overrides):
        assert set(stage.reads) <= written, stage.name
        assert not set(stage.writes) & written, stage.name
        written |= set(stage.writes)


@pytest.mark.parametrize("start_from", ["base", "previous"])
def test_what_judges_never_reaches_what_is_judged(recipe_file, start_from):
    """No path leads from the test rows, or any test result, to an adapter."""
    stages = _plan(recipe_file, "rounds=3", f"train.start_from={start_from}")
    writer = {path: stage for stage in stages for path in stage.writes}

    def sources(path):
        stage = writer[path]
        return {path}.union(*(sources(name) for name in stage.reads))

    for stage in stages:
        if stage.kind.name == "train":
            reached = set().union(*(sources(path) for path in stage.reads))
            assert TEST not in reached
            evaluation = ("test", "answers", "forecast", "gate")
            assert not any(word in path for path in reached for word in evaluation)
            assert VALIDATION in reached  # through the DS weight alone


def test_a_stage_cannot_read_what_it_does_not_declare(recipe_file, tmp_path):
    recipe = load_recipe(recipe_file)
    stages = {stage.name: stage for stage in plan(recipe)}
    session = Session(tmp_path, recipe, lambda done, total: None)
    for name in ("round-1/sample", "round-1/vote", "round-1/weigh", "round-1/train"):
        with pytest.raises(RuntimeError, match="which it does not declare"):
            stages[name].context(session, "digest").read(TEST)


MEASURED = {"losses": "weigh", "ratings": "rate", "rewards": "reward", "labels": "label"}


@pytest.mark.parametrize("method", METHODS)
def test_a_round_measures_what_its_filter_needs_and_nothing_else(recipe_file, method):
    stages = _plan(recipe_file, *_filter(method))
    needs = [MEASURED.get(need, need) for need in METHODS[method].needs]
    # Labels that are not there are missed before anything takes long.
    first, measured = (needs, []) if method == "oracle" else ([], needs)
    audit = ["audit_sample", "audit_losses", "audit"] if "audit" in needs else []
    measured = [kind for kind in measured if kind != "audit"]
    training = ["sample", *audit, "vote", "diversity", *measured, "select", "train"]
    kinds = [stage.kind.name for stage in stages]
    assert kinds == ["prepare", *first, "test", *training, "forecast", "test", "gate"]
    [select] = [stage for stage in stages if stage.kind.name == "select"]
    for stage in stages:
        if stage.kind.name in needs:
            assert stage.writes[0] in select.reads
            processes = {"rate": "engine:None", "audit": None, "weigh": "torch:1"}
            assert stage.process == processes.get(stage.kind.name, stage.name)


def test_where_there_is_a_gpu_each_stage_gives_its_memory_back(recipe_file, monkeypatch):
    stages = _plan(recipe_file)
    shared = [stage for stage in stages if stage.kind.process == "torch"]
    assert {stage.kind.name for stage in shared} >= {"weigh", "train"}
    monkeypatch.setattr("iwsi.rounds.stage._has_gpu", lambda: False)
    assert {stage.process for stage in shared} == {"torch:1"}
    monkeypatch.setattr("iwsi.rounds.stage._has_gpu", lambda: True)
    assert [stage.process for stage in shared] == [stage.name for stage in shared]


@pytest.mark.parametrize("method", METHODS)
def test_no_filter_but_the_oracle_can_read_a_training_label(recipe_file, tmp_path, method):
    recipe = load_recipe(recipe_file, [*_filter(method), "rounds=2"])
    touching = [s.name for s in plan(recipe) if TRAIN_GOLD in (*s.reads, *s.writes)]
    oracle = ["round-1/label", "round-1/select", "round-2/select"]
    assert touching == (oracle if method == "oracle" else [])
    session = Session(tmp_path, recipe, lambda done, total: None)
    for stage in plan(recipe):
        if stage.name not in touching:
            with pytest.raises(RuntimeError, match="which it does not declare"):
                stage.context(session, "digest").read(TRAIN_GOLD)


def test_an_audit_reads_labelled_rows_and_never_a_test_row_or_a_training_label(recipe_file):
    stages = _plan(recipe_file, "rounds=2", "audit={rows: 50}")
    audited = [stage for stage in stages if stage.kind.name.startswith("audit")]
    assert len(audited) == 6
    for stage in audited:
        assert VALIDATION in stage.reads
        assert not {TEST, TRAIN_GOLD} & set(stage.reads)
    by_name = {stage.name: stage for stage in stages}
    assert by_name["round-2/audit_sample"].process == by_name["round-2/sample"].process


@pytest.mark.parametrize("method", ["auto", "iwsi_right_answers"])
def test_a_filter_that_learns_from_audited_rows_needs_the_audit(recipe_file, method):
    with pytest.raises(UserError, match="learns from audited rows"):
        _plan(recipe_file, f"filter={{method: {method}}}", "audit=null")


def test_only_the_warm_start_reads_its_rows_and_nothing_else_reads_them(recipe_file):
    for full in ("every", "final", "never"):
        stages = _plan(recipe_file, "warm_start={rows: 0.5}", "rounds=2", f"test.full={full}")
        reading = [stage.name for stage in stages if WARM_START in stage.reads]
        assert reading == ["round-0/warm_start"]
        written = set()
        for stage in stages:
            assert set(stage.reads) <= written, stage.name
            assert not set(stage.writes) & written, stage.name
            written |= set(stage.writes)


@pytest.mark.parametrize(
    ("full", "before"),
    [
        ("every", ["start/test", "round-0/warm_start", "round-0/forecast", "round-0/test"]),
        ("final", ["start/test", "round-0/warm_start", "round-0/forecast", "round-0/test"]),
        ("never", ["start/forecast", "round-0/warm_start", "round-0/forecast"]),
    ],
)
def test_a_warm_start_has_a_stage_a_forecast_and_a_test_before_round_one(recipe_file, full, before):
    stages = _plan(recipe_file, "warm_start={rows: 0.5}", f"test.full={full}")
    names = [stage.name for stage in stages]
    assert names[1 : len(before) + 2] == [*before, "round-1/sample"]
    by_name = {stage.name: stage for stage in stages}
    assert by_name[before[0]].inputs.adapter is None
    [base] = by_name["round-0/forecast"].inputs.earlier
    assert base.results.startswith("start/")
    assert by_name["round-1/sample"].inputs.adapter == "round-0/adapter"
    assert by_name["round-1/train"].inputs.previous == "round-0/adapter"


def test_a_least_vote_accuracy_is_held_against_the_audit(recipe_file):
    overrides = ("audit={rows: 5}", "filter.min_vote_accuracy=0.6")
    by_name = {stage.name: stage for stage in _plan(recipe_file, *overrides)}
    assert by_name["round-1/select"].inputs.audit == "round-1/audit.json"
    with pytest.raises(UserError, match="needs votes on labelled rows"):
        _plan(recipe_file, "audit=null", "filter.min_vote_accuracy=0.6")


def test_testing_a_round_shares_its_process_with_sampling_for_the_next(recipe_file):
    stages = {stage.name: stage for stage in _plan(recipe_file, "rounds=2")}
    assert stages["round-0/test"].process == stages["round-1/sample"].process
    assert stages["round-1/test"].process == stages["round-2/sample"].process
    assert stages["round-1/sample"].process != stages["round-2/sample"].process
    assert stages["round-1/vote"].process is None
    if not visible_gpus():  # there scoring and training of a round share one
        assert len({s.process for s in stages.values() if s.process}) == 6


@pytest.mark.parametrize(
    ("start_from", "adapter"), [("base", None), ("previous", "round-1/adapter")]
)
def test_round_two_samples_with_round_one_and_trains_as_the_recipe_says(
    recipe_file, start_from, adapter
):
    stages = _plan(recipe_file, "rounds=2", f"train.start_from={start_from}")
    by_name = {stage.name: stage for stage in stages}
    assert by_name["round-2/sample"].inputs.adapter == "round-1/adapter"
    assert by_name["round-2/weigh"].inputs.adapter == "round-1/adapter"
    assert by_name["round-2/train"].inputs.previous == adapter


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("select", "round-1/select"),
        ("2/train", "round-2/train"),
        ("round-2/train", "round-2/train"),
        ("prepare", "prepare"),
        ("0/test", "round-0/test"),
    ],
)
def test_a_stage_is_found_by_the_names_that_people_use(recipe_file, name, found):
    assert find(_plan(recipe_file, "rounds=2"), name).name == found


def test_a_kind_alone_is_its_first_stage_that_is_not_done(recipe_file):
    stages = _plan(recipe_file, "rounds=2")
    assert find(stages, "train", done={"round-1/train"}).name == "round-2/train"
    assert find(stages, "train", done={"round-1/train", "round-2/train"}).name == "round-2/train"
    assert find(stages, "1/train", done={"round-1/train"}).name == "round-1/train"


def test_an_unknown_stage_is_named_with_the_nearest(recipe_file):
    with pytest.raises(UserError, match='Did you mean "round-1/train"'):
        find(_plan(recipe_file), "trian")
