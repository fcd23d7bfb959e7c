from types import SimpleNamespace

from conftest import small_recipe

from iwsi.cost import measure
from iwsi.cost.counts import Counts
from iwsi.cost.rates import OPERATIONS
from iwsi.recipe.load import load_recipe
from iwsi.tasks.chat import in_prompt_style
from iwsi.tasks.dataset import prepare


def test_scoring_and_training_are_timed_after_a_warm_up(tmp_path, monkeypatch):
    """A clock that moves a second at each look: three lie between four steps of training."""
    recipe = in_prompt_style(load_recipe(small_recipe(tmp_path), ["sample.engine=vllm"]))
    clock = iter(range(1000))
    monkeypatch.setattr(measure.time, "perf_counter", lambda: float(next(clock)))
    scored, kept = [], {}

    def token_losses(model, samples, **options):
        scored.append(samples)
        return SimpleNamespace()

    def train(settings, samples, adapter, progress, started, *, previous, seed):
        assert samples.num_rows == settings.train.batch_size * measure.TRAINED_STEPS
        for step in range(measure.TRAINED_STEPS):
            progress(step + 1, measure.TRAINED_STEPS)

    def keep_rate(work, parameters, operations, seconds):
        kept[work] = (operations, seconds)

    monkeypatch.setattr(measure, "load_model", lambda model: None)
    monkeypatch.setattr(measure, "token_losses", token_losses)
    monkeypatch.setattr(measure, "train_in_process", train)
    monkeypatch.setattr(measure, "keep_rate", keep_rate)
    rows = prepare(recipe.task, 0)
    counts = Counts(24, 20, 0, 20, 30.0, 100, 10.0, 140, 1000)
    measure.measure_rates(recipe, 10, rows, None, counts)
    assert [len(samples) for samples in scored] == [2, 20]
    tokens = sum(len(sample.ids) for sample in scored[1])
    assert kept["score"] == (OPERATIONS["score"] * 10 * tokens, 1.0)
    row = 100 * recipe.train.few_shot + 30 + 10
    assert kept["train"] == (OPERATIONS["train"] * 10 * 3 * recipe.train.batch_size * row, 3.0)
    assert "sample" not in kept  # vLLM's start would take longer than all the rest
