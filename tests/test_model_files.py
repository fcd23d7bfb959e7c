import pytest
from conftest import MODEL

from eval_predict.errors import UserError
from iwsi.model_files import check_model, count_parameters, stored_bytes
from iwsi.models import load_model
from iwsi.recipe import Model


def test_parameters_are_counted_from_the_headers_alone():
    model = load_model(Model(name=str(MODEL)))
    assert count_parameters(str(MODEL)) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    "contents", [b"version https://git-lfs.github.com/spec/v1", b"", b"\x05\0\0\0\0\0\0\0{"]
)
def test_weights_that_are_none_are_reported_with_the_likely_cure(tmp_path, contents):
    (tmp_path / "model.safetensors").write_bytes(contents)
    with pytest.raises(UserError, match="git lfs pull"):
        count_parameters(str(tmp_path))


def test_a_hub_id_has_no_count():
    assert count_parameters("org/model") is None


def test_stored_bytes_are_those_of_all_weight_files(tmp_path):
    for name in ("model-1.safetensors", "model-2.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"123")
    assert stored_bytes(str(tmp_path)) == 6
    assert stored_bytes("org/model") is None


@pytest.mark.parametrize("name", ["/nowhere", "./nowhere", "a/b/c"])
def test_a_folder_that_is_not_there_is_refused(name):
    with pytest.raises(UserError, match="no such folder"):
        check_model(Model(name=name))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"without config\.json"):
        check_model(Model(name=str(tmp_path)))
