"""Pushing with the real client of the hub, against a hub on this machine."""

import logging

import huggingface_hub.constants
import pytest
from export.hub_stand_in import LARGE, hub
from huggingface_hub import HfApi

from eval_predict.errors import UserError
from iwsi.export.export import push

TOKEN = "hf_canary7f3a91"  # noqa: S105


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: other\n---\n\n# A model\n")
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 800)
    return tmp_path


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    with hub() as started:
        yield started


def test_all_files_arrive_and_the_token_is_nowhere_but_in_the_request(
    folder, stand_in, capfd, caplog
):
    caplog.set_level(logging.DEBUG)
    client = HfApi(endpoint=stand_in.url, token=TOKEN)
    assert push(folder, "me/model", client) == "me/model"
    assert stand_in.files == {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()
    }
    assert len(stand_in.files["adapter_model.safetensors"]) > LARGE
    assert stand_in.created[0]["visibility"] == "private"
    assert stand_in.tokens == {f"Bearer {TOKEN}"}
    printed = capfd.readouterr()
    assert TOKEN not in printed.out + printed.err + caplog.text
    assert not any(TOKEN.encode() in body for body in stand_in.files.values())


def test_a_hub_that_refuses_the_token_is_an_error_in_one_line_without_it(folder, stand_in):
    stand_in.refuses = True
    client = HfApi(endpoint=stand_in.url, token=TOKEN)
    with pytest.raises(UserError, match=r"--push: me/model: .*hf auth login") as caught:
        push(folder, "me/model", client)
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert stand_in.files == {}


def test_a_hub_that_cannot_be_reached_is_an_error_in_one_line(folder, stand_in):
    client = HfApi(endpoint="http://127.0.0.1:9", token=TOKEN)
    with pytest.raises(UserError, match="--push: me/model"):
        push(folder, "me/model", client)
