import numpy as np
import pytest

from iwsi.evaluation.target import target_forecast


@pytest.fixture(autouse=True)
def _cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def _sums(rng, count, longest):
    lengths = rng.integers(2, longest + 1, count)
    texts = [
        "What is " + " + ".join(str(n) for n in rng.integers(1, 99, length)) + "?"
        for length in lengths
    ]
    return texts, lengths


def test_a_harder_set_of_prompts_is_separated_from_the_test_items():
    """Right on sums of up to five numbers: 4/7 of the test items, 4/8 and less of longer ones."""
    rng = np.random.default_rng(0)
    test, test_length = _sums(rng, 120, 8)
    target, target_length = _sums(rng, 200, 8)
    harder = [text for text, length in zip(target, target_length, strict=True) if length > 4]
    scores = (test_length <= 5).astype(float)
    truth = np.mean([length <= 5 for length in target_length if length > 4])
    found = target_forecast(test, scores, np.zeros(120), harder, level=0.9, seed=0)
    assert abs(found.score.value - truth) < abs(scores.mean() - truth)
    assert found.score.method.startswith("bis_")
    assert found.items == len(harder)
    assert found.gain_over_base.value == found.score.value


def test_without_the_base_there_is_no_gain():
    rng = np.random.default_rng(1)
    test, lengths = _sums(rng, 60, 8)
    target, _ = _sums(rng, 40, 8)
    found = target_forecast(test, (lengths < 5).astype(float), None, target, level=0.9, seed=0)
    assert found.gain_over_base is None
