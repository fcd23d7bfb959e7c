import pytest
import torch
from conftest import MODEL, ROOT

from eval_predict.errors import UserError
from iwsi.models import model_config
from iwsi.recipe import Model
from iwsi.recipe.load import load_recipe
from iwsi.train import memory


def recipe(*overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["train.batch_size=12", *overrides])


def config():
    return model_config(Model(name=str(MODEL)))


def micro(given, **options):
    return memory.fit_micro_batch(given, config(), value_bytes=4, **options).train.micro_batch_size


@pytest.mark.parametrize(("free", "size"), [(120, 12), (119, 6), (35, 3), (9, 1), (0, 1)])
def test_the_largest_divisor_of_the_batch_that_fits_is_taken(free, size):
    assert memory.largest_micro(12, 10, free) == size


def test_the_micro_batch_follows_from_free_memory(monkeypatch):
    sample_bytes = 100 * memory.token_bytes(config(), 4)
    monkeypatch.setattr(memory, "free_memory", lambda: 4.5 * sample_bytes / memory.USED)
    assert micro(recipe(), longest=100) == 4
    assert micro(recipe(), longest=200) == 2
    assert micro(recipe("train.gradient_checkpointing=true"), longest=100) > 4


def test_tokens_that_all_samples_share_are_counted_once(monkeypatch):
    token = memory.token_bytes(config(), 4)
    monkeypatch.setattr(memory, "free_memory", lambda: 260 * token / memory.USED)
    assert micro(recipe(), longest=100) == 2
    assert micro(recipe(), longest=100, shared=60) == 4  # 60 once and 40 of each


def test_a_size_that_the_recipe_names_stays(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    assert micro(recipe("train.micro_batch_size=6"), longest=500) == 6


def test_a_token_of_smollm2_takes_what_was_measured():
    # 192 rows of 310 tokens, 16 at a time: 16.3 GiB in all, some of it the model's.
    from transformers import LlamaConfig

    smollm2 = LlamaConfig(hidden_size=576, intermediate_size=1536, num_hidden_layers=30)
    taken = 16 * 310 * memory.token_bytes(smollm2, 4) / 2**30
    assert taken == pytest.approx(15.5, rel=0.2)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA"), RuntimeError("DefaultCPUAllocator: can't allocate memory")],
)
def test_where_memory_runs_out_the_micro_batch_is_halved_until_it_fits(error):
    tried = []

    def attempt(given):
        tried.append(given.train.micro_batch_size)
        if tried[-1] > 3:
            raise error
        return "done"

    assert memory.until_it_fits(recipe("train.micro_batch_size=12"), attempt) == "done"
    assert tried == [12, 6, 3]


def test_where_one_sample_does_not_fit_the_error_says_what_helps():
    def attempt(given):
        raise torch.OutOfMemoryError("CUDA")

    with pytest.raises(UserError, match="gradient_checkpointing"):
        memory.until_it_fits(recipe(), attempt)


def test_another_error_is_not_taken_for_memory():
    def attempt(given):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        memory.until_it_fits(recipe(), attempt)
