import json

import pytest

from eval_predict.errors import UserError
from iwsi.pickles import check_adapter, weights_options
from iwsi.recipe import Model

MODEL = Model(name="org/m")


def test_only_safetensors_are_read_unless_the_recipe_allows_a_pickle(tmp_path):
    assert weights_options(tmp_path, MODEL) == {"use_safetensors": True}
    assert weights_options(tmp_path, MODEL.model_copy(update={"allow_pickle": True})) == {}


def test_an_index_may_name_safetensors_of_its_folder(tmp_path):
    (tmp_path / "a.safetensors").touch()
    index = {"weight_map": {"x": "a.safetensors", "y": "a.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert weights_options(tmp_path, MODEL) == {"use_safetensors": True}


@pytest.mark.parametrize(
    "name", ["../a.safetensors", "/etc/x.safetensors", "a.bin", "b.safetensors"]
)
def test_an_index_that_names_anything_else_is_refused(tmp_path, name):
    (tmp_path / "a.safetensors").touch()
    (tmp_path / "a.bin").touch()
    index = {"weight_map": {"x": name}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match="names of safetensors files in the same folder"):
        weights_options(tmp_path, MODEL)


def test_an_adapter_is_a_configuration_and_safetensors(tmp_path):
    with pytest.raises(UserError, match=r"no adapter_config\.json"):
        check_adapter(tmp_path)
    (tmp_path / "adapter_config.json").touch()
    (tmp_path / "adapter_model.bin").touch()
    with pytest.raises(UserError, match="a pickle, which can run code"):
        check_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").touch()
    check_adapter(tmp_path)
