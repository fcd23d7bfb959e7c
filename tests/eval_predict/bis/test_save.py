"""A fit that was saved predicts as before, and no file of it is code."""

import numpy as np
import pytest
from bis_worlds import made_prompts, made_scores

from eval_predict.bis.bis import ArrayBIS
from eval_predict.bis.combine import METHODS
from eval_predict.bis.save import load_fit, save_fit
from eval_predict.errors import UserError


def test_a_loaded_fit_predicts_the_same(tmp_path):
    rng = np.random.default_rng(0)
    source, target = made_prompts(rng, 80), made_prompts(rng, 60, 5)
    bis = ArrayBIS(truncate="psis").fit(source, target)
    save_fit(bis, tmp_path / "fit")
    loaded = load_fit(tmp_path / "fit")
    scores_MS = made_scores(rng, source)
    for method in METHODS:
        assert loaded.predict_many(scores_MS, method) == bis.predict_many(scores_MS, method)
    assert loaded.diagnostics_ == bis.diagnostics_
    assert {file.suffix for file in (tmp_path / "fit").iterdir()} == {".safetensors", ".json"}


def test_a_folder_without_a_fit_is_one_error(tmp_path):
    with pytest.raises(UserError, match=r"fit\.safetensors"):
        load_fit(tmp_path)
    (tmp_path / "fit.json").write_text("{}")
    with pytest.raises(UserError):
        load_fit(tmp_path)
