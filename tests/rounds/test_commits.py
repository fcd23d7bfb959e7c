"""Commits of hub repositories: found in the local cache, kept, and compared when a run goes on."""

import pytest
from conftest import small_recipe

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.rounds.commits import check_commits, hub_commits
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.run_dir import open_run, take_recipe

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the hub's."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def _cached(cache, repository, commit, revision="main"):
    refs = cache / repository / "refs"
    refs.mkdir(parents=True, exist_ok=True)
    (refs / revision).write_text(commit)


@pytest.fixture
def recipe(tmp_path):
    """A recipe whose model and test rows come from the hub."""
    keys = ["model.name=org/model", "task.test.path=org/rows", "task.test.revision=v2"]
    return load_recipe(small_recipe(tmp_path), keys)


def test_commits_of_what_was_downloaded_are_found(cache, recipe):
    assert hub_commits(recipe) == {}
    _cached(cache, "models--org--model", OLD)
    _cached(cache, "datasets--org--rows", NEW, "v2")
    assert hub_commits(recipe) == {"commit.model.name": OLD, "commit.task.test.path": NEW}


def test_a_revision_that_is_a_commit_is_that_commit(cache, recipe):
    pinned = recipe.model_copy(update={"model": recipe.model.model_copy(update={"revision": NEW})})
    assert hub_commits(pinned) == {"commit.model.name": NEW}


@pytest.mark.parametrize("text", ["", "main", "../../secret", "A" * 40])
def test_what_is_no_commit_is_not_taken_for_one(cache, recipe, text):
    _cached(cache, "models--org--model", text)
    assert hub_commits(recipe) == {}


def test_names_do_not_leave_the_cache(cache, recipe, tmp_path):
    (tmp_path / "secret").write_text(OLD)
    odd = recipe.model.model_copy(update={"name": "../x", "revision": "../../../secret"})
    assert hub_commits(recipe.model_copy(update={"model": odd})) == {}


def test_a_run_goes_on_with_its_commit_alone(cache, recipe, tmp_path):
    root = tmp_path / "run"
    _cached(cache, "models--org--model", OLD)
    with open_run(root):
        take_recipe(root, recipe)
    assert Ledger(root).inputs["commit.model.name"] == OLD
    _cached(cache, "models--org--model", NEW)
    with open_run(root), pytest.raises(UserError) as caught:
        take_recipe(root, recipe)
    assert f"model.name: commit {NEW} of the hub's repository; expected commit {OLD}" in str(
        caught.value
    )
    assert f"Set model.revision={OLD}, or add --yes" in str(caught.value)
    with open_run(root):
        take_recipe(root, recipe, overwrite=True)
    assert Ledger(root).inputs["commit.model.name"] == NEW


def test_a_cache_that_is_gone_loses_no_commit(cache, recipe, tmp_path):
    root = tmp_path / "run"
    _cached(cache, "models--org--model", OLD)
    with open_run(root):
        take_recipe(root, recipe)
    (cache / "models--org--model" / "refs" / "main").unlink()
    with open_run(root):
        take_recipe(root, recipe)
    assert Ledger(root).inputs["commit.model.name"] == OLD


def test_a_reward_model_has_a_revision_of_its_own(tmp_path):
    with pytest.raises(UserError, match=f"Set filter.reward_revision={OLD}"):
        check_commits(
            tmp_path,
            {"commit.filter.reward_model": OLD},
            {"commit.filter.reward_model": NEW},
        )
