import pytest

from eval_predict.errors import UserError
from iwsi.recipe import Split
from iwsi.tasks.hub import hub_rows


def test_keys_of_files_are_refused_beside_a_hub_id():
    split = Split(path="org/set", encoding="cp1252")
    with pytest.raises(UserError, match=r"task.train.encoding.*nothing beside a hub id"):
        hub_rows(split, "task.train")


def test_a_set_that_cannot_be_loaded_says_how_to_name_a_file(monkeypatch):
    import datasets

    def fail(*_, **options):
        raise ConnectionError(f"no split {options['split']}\nmore lines")

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(UserError) as caught:
        hub_rows(Split(path="org/set"), "task.train")
    assert "ConnectionError: no split train" in str(caught.value)
    assert "task.train='{path: rows.jsonl}'" in str(caught.value)
