import numpy as np
import pytest
import torch
from conftest import MODEL

from eval_predict.bis.ratios import separability
from eval_predict.errors import UserError
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.scoring.hidden import log_density_ratio, mean_hidden
from iwsi.tasks.encoding import encode

PROMPTS = [
    "Question: Tom has 3 pens. How many pens does Tom have?\nAnswer:",
    "Question: 1?\nAnswer:",
]
TEXTS = [" 3 + 4 = 7. The answer is 7.", " 7"]


@pytest.mark.parametrize("batch_tokens", [1, 4096])
def test_hidden_states_are_those_that_transformers_reports_of_the_answer(batch_tokens):
    model, tokenizer = load_model(Model(name=str(MODEL))), load_tokenizer(Model(name=str(MODEL)))
    samples = list(encode(tokenizer, "Few shots. ", PROMPTS, TEXTS))
    means = mean_hidden(model, samples, batch_tokens=batch_tokens)
    for mean, sample in zip(means, samples, strict=True):
        with torch.inference_mode():
            outputs = model(torch.tensor([sample.ids.tolist()]), output_hidden_states=True)
        expected = outputs.hidden_states[-1][0, sample.prompt :].mean(dim=0)
        np.testing.assert_allclose(mean, expected.numpy(), atol=1e-4)


def test_the_ratio_is_higher_for_candidates_that_look_like_validation_rows():
    rng = np.random.default_rng(0)
    shift = np.r_[2.0, np.zeros(49)]
    near, far = rng.normal(size=(300, 50)) + shift, rng.normal(size=(700, 50)) - shift
    validation = rng.normal(size=(60, 50)) + shift
    candidates = np.concatenate([near, far]).astype(np.float32)
    ratio = log_density_ratio(candidates, validation.astype(np.float32), 0)
    # The two means are 4 standard deviations apart: at best 99.8% of pairs are ordered.
    assert separability(ratio[300:], ratio[:300]) > 0.97


def test_the_ratio_of_like_rows_is_next_to_one():
    rng = np.random.default_rng(0)
    both = rng.normal(size=(1060, 50)).astype(np.float32)
    ratio = log_density_ratio(both[:1000], both[1000:], 0)
    assert ratio.std() < 0.2


def test_too_few_validation_rows_are_refused():
    rows = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    with pytest.raises(UserError, match=r"task.validation.size: 9 rows; expected at least 10"):
        log_density_ratio(rows, rows[:9], 0)
