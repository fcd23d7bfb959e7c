"""A warm start on the real model, in this process."""

import pytest

from eval_predict.errors import UserError
from eval_predict.stats.estimate import mean_score
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.files import read_table, write_json
from iwsi.filter.probability import unfitted
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.layout import WARM_START
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import plan
from iwsi.rounds.stages.warm_start import KIND, warm_recipe
from iwsi.tasks.chat import in_prompt_style

SETTINGS = ["warm_start={rows: 8, epochs: 2, learning_rate: 1e-2}", "audit={rows: 6}"]


def _recipe(recipe_file, *overrides):
    short = ["sample.n=3", "sample.max_tokens=40", "forecast=null", "gate=null", "train.lora.r=4"]
    return in_prompt_style(load_recipe(recipe_file, [*SETTINGS, *short, *overrides]))


def _run(recipe, root, names):
    session = Session(root, recipe, lambda done, total: None)
    stages = {stage.name: stage for stage in plan(recipe)}
    return {name: stages[name].run(session, name) for name in names}


def test_the_warm_start_has_epochs_and_a_rate_of_its_own(recipe_file):
    train = warm_recipe(_recipe(recipe_file)).train
    assert (train.epochs, train.learning_rate) == (2, 1e-2)
    assert train.batch_size == _recipe(recipe_file).train.batch_size


ROUNDS_ALONE = [
    ["train.objective=dpo", "train.pairs={}", "train.reference=previous", "train.beta=0.3"],
    ["train.kl=0.1", "train.replay=0.1", "train.start_from=previous"],
]


@pytest.mark.parametrize("overrides", ROUNDS_ALONE)
def test_what_rounds_learn_from_leaves_the_warm_start_as_it_is(recipe_file, tmp_path, overrides):
    plain, other = _recipe(recipe_file), _recipe(recipe_file, *overrides)
    assert warm_recipe(other).train.objective == "sft"
    assert warm_recipe(other).train.kl is None
    ledger = Ledger(tmp_path)
    ledger.entries["prepare"] = Entry("", {WARM_START: ""}, 0.0)
    digests = {_warm_digest(ledger, recipe) for recipe in (plain, other)}
    assert len(digests) == 1
    assert _warm_digest(ledger, _recipe(recipe_file, "train.lora.r=8")) not in digests


def _warm_digest(ledger, recipe):
    [stage] = [stage for stage in plan(recipe) if stage.kind is KIND]
    return ledger.digest(stage, recipe)


def test_a_round_goes_on_from_the_warm_start_and_no_audited_row_was_trained_on(
    recipe_file, tmp_path
):
    recipe = _recipe(recipe_file)
    names = ["prepare", "round-0/warm_start", "round-1/sample", "round-1/audit_sample"]
    infos = _run(recipe, tmp_path, [*names, "round-1/vote"])
    assert infos["round-0/warm_start"]["trained"] == 8
    trained = read_table(tmp_path / "data" / "warm_start.parquet")["question_id"].to_pylist()
    rest = read_table(tmp_path / "data" / "validation.parquet")["question_id"].to_pylist()
    assert len(trained) + len(rest) == 20
    assert not set(trained) & set(rest)
    audited = read_table(tmp_path / "round-1" / "labelled_samples")["question_id"].to_pylist()
    assert len(set(audited)) == 6
    assert set(audited) <= set(rest)


def test_a_round_on_votes_that_are_mostly_wrong_is_refused_where_the_recipe_says_so(
    recipe_file, tmp_path
):
    refusing = _recipe(recipe_file, "filter={method: lmsi, min_vote_accuracy: 0.7}")
    votes = VoteAudit(100, 80, mean_score([1.0] * 40 + [0.0] * 40))
    record = AuditRecord(votes, None, "few rows", unfitted("few rows"), ())
    write_json(tmp_path / "round-1" / "audit.json", record.to_dict())
    with pytest.raises(UserError, match=r"min_vote_accuracy: the vote is right on 50% of the 80"):
        _run(refusing, tmp_path, ["round-1/select"])
