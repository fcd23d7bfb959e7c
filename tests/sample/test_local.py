import pytest

from eval_predict.errors import UserError
from iwsi.recipe import Sample
from iwsi.sample import local as module
from iwsi.sample.local import resolve_engine


def test_auto_is_vllm_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: object())
    assert resolve_engine(Sample()) == "vllm"
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert resolve_engine(Sample()) == "transformers"


def test_vllm_asked_for_and_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        UserError, match=r"sample.engine: vllm, which is not installed.*pip install"
    ):
        resolve_engine(Sample(engine="vllm"))
