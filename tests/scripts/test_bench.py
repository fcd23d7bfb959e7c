import dataclasses
import json

import bench
import numpy as np
import pytest
from benches import engine_process, growth, registry, training, weighing
from benches.candidates import write_round
from benches.growth import Cost, report
from benches.limits import GSM8K, H100, LLAMA_8B, limits
from benches.registry import Measured
from benches.subjects import load_subject

from iwsi.files import read_table
from iwsi.scoring.losses import token_losses


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    whole = load_subject("tiny", tmp_path_factory.mktemp("models"))
    return _with(whole, candidates=8, rows=4, few_rows=4)


def _with(subject, **size):
    return dataclasses.replace(subject, size=dataclasses.replace(subject.size, **size))


def test_the_padded_loop_gives_the_losses_that_we_give(subject):
    samples = weighing._samples(subject, few_shot=0)
    ours = token_losses(subject.model, samples, batch_tokens=4096).mean("sequence")
    np.testing.assert_allclose(weighing.padded_losses(subject.stock, samples), ours, atol=1e-4)


def test_part_of_the_samples_is_as_long_on_average_as_all(subject):
    many = _with(subject, candidates=300)
    samples = weighing._samples(many, few_shot=0)
    means = [
        np.mean([len(sample.ids) for sample in one])
        for one in (samples, weighing._some(samples, 6))
    ]
    assert means[1] == pytest.approx(means[0], abs=2)


def test_ways_are_timed_in_turn_and_the_least_counts(monkeypatch):
    clock = iter([0, 5, 5, 6, 10, 12, 12, 20])
    monkeypatch.setattr(registry, "clock", lambda: next(clock))
    order = []
    least = registry.seconds(2, lambda: order.append("a"), lambda: order.append("b"))
    assert order == ["a", "b", "a", "b"]
    assert least == [2, 1]


def test_json_has_a_ratio_of_ours_to_theirs_by_name(monkeypatch, capsys):
    found = [("weigh_prefix", 5.0, Measured(ours=6.0, theirs=1.5, unit="candidates/s"))]
    monkeypatch.setattr(bench, "measure", lambda *given: found)
    monkeypatch.setattr("sys.argv", ["bench.py", "--json", "--model", "110m", "weigh_prefix"])
    bench.main()
    expected = {"ratio": 4.0, "ours": 6.0, "theirs": 1.5, "unit": "candidates/s"}
    assert json.loads(capsys.readouterr().out) == {"weigh_prefix": expected}


def test_a_name_that_no_benchmark_has_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench.py", "weigh_prefixes"])
    with pytest.raises(SystemExit):
        bench.main()
    assert "no benchmark weigh_prefixes (there are weigh_padding," in capsys.readouterr().err


def test_every_promised_comparison_is_there():
    promised = "weigh_padding weigh_prefix sample_vllm sample_transformers train_loss_tokens"
    names = {benchmark.name for benchmark in bench.BENCHMARKS}
    assert names == {
        *promised.split(),
        "weigh_matmul_share",
        "two_engines",
        "train_shared",
        "sample_merged",
        "start_up",
    }


def test_a_word_of_a_training_sample_is_a_token(subject):
    samples = training._samples(subject, 4)
    encoded = training._encoded(subject, samples)
    words = [len(text.split()) for text in samples["completion"].to_pylist()]
    # But for the first of a text, which no space comes before.
    assert all(0 <= sample.prompt - training.PROMPT <= 2 for sample in encoded)
    assert [len(sample.ids) - sample.prompt for sample in encoded] == [n + 1 for n in words]


def test_the_padded_training_loop_leaves_the_model_as_it_was(subject):
    import torch

    before = {name: weight.clone() for name, weight in subject.stock.state_dict().items()}
    assert training._padded_seconds(subject, training._samples(subject, 4)) > 0
    after = subject.stock.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_an_answer_counts_up_to_its_first_end_token():
    assert engine_process._tokens([5, 6, 1, 0, 0], {1, 2}) == 3
    assert engine_process._tokens([5, 6, 7], {1, 2}) == 3


def test_growth_draws_a_line_through_what_was_measured():
    costs = [Cost("weigh", n, 1 + 0.002 * n, 0.5) for n in (1000, 2000, 4000)]
    table = report(costs)
    assert "2e+03 µs and" in table
    assert "0.56 h for 10^6" in table  # 2001 seconds


def test_made_up_rounds_are_voted_on_by_the_stage_itself(tmp_path):
    write_round(tmp_path, 150)
    cost = growth._apart(tmp_path, 150, "vote")
    assert 0 < cost.gib < 1
    votes = read_table(tmp_path / "round-1" / "votes.parquet")
    assert votes.num_rows == 150
    assert votes["agrees"].to_pylist().count(True) > 30


def test_the_bounds_of_a_round_follow_from_operations_and_bytes():

    found = dict(limits(H100, LLAMA_8B, GSM8K))
    # 7,473 x 15 candidates, half kept for 4 epochs, 510 tokens, 4 operations a parameter.
    operations = 7473 * 15 * 0.5 * 4 * 510 * 4 * 8.03e9
    assert found["training, rows whole"] == pytest.approx(operations / 989e12)
    assert found["training, few-shot text once a batch"] == pytest.approx(
        operations / 989e12 * (320 / 16 + 65 + 125) / 510
    )
    # A batch that fills the memory: operations bind, and the weights' reading does not.
    assert found["sampling"] == pytest.approx(7473 * 15 * 125 * 2 * 8.03e9 / 989e12)
