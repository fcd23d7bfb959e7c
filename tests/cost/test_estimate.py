import pytest
from cost_worlds import counts, recipe
from transformers import LlamaConfig

from iwsi.cost.counts import Shares
from iwsi.cost.estimate import Disk, costs, disk
from iwsi.cost.rates import Rates

SMOLLM2 = LlamaConfig(
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
)
WORKS = ("sample", "audit", "score", "train", "test")


def found(loaded, rows, parameters=10**6, **rates):
    rates_of_all = Rates(dict.fromkeys(WORKS, 1000000000.0) | rates, start_seconds=7.0)
    shares = Shares(0.7, 0.5)
    table = costs(loaded, rows, shares, parameters, SMOLLM2, rates_of_all, 4)
    return {cost.work: cost for cost in table}


def test_training_of_smollm2_takes_the_memory_that_was_measured():
    # 192 rows of 310 tokens with a batch of 16 took 16.3 GiB (float32).
    train = recipe("train.batch_size=16", "train.micro_batch_size=16")
    memory = found(train, counts(longest=310), 134_515_008)["train"].memory_gib
    assert 16.3 / 2 < memory < 16.3 * 2


def test_time_follows_from_the_rate_of_the_work_and_the_starts():
    works = found(recipe(), counts(), train=5e8)
    assert works["sample"].seconds == pytest.approx(2 * 10**6 * 42_000 / 1e9 + 7)
    assert works["train"].seconds == pytest.approx(4 * 10**6 * 231_000 / 5e8 + 7)


def test_labels_of_a_closed_list_take_the_time_of_scoring():
    works = found(recipe(), counts(labels=6), score=2e9)
    assert works["sample"].seconds == pytest.approx(2 * 10**6 * 8_300 / 2e9 + 7)


def test_an_adapter_and_the_candidates_lie_on_disk():
    one = disk(recipe(), counts(), 10**6, 4)
    assert one.adapters == 4 * 1_000_000 / 2**30
    assert one.merged == 0  # the transformers engine merges in memory
    three = disk(recipe("rounds=3"), counts(), 10**6, 4)
    assert three.most == pytest.approx(3 * one.most)


def test_vllm_has_a_merged_copy_of_the_weights_a_round_unless_it_takes_adapters():
    merging = disk(recipe("sample.engine=vllm", "rounds=2"), counts(), 2**30, 2)
    assert merging.merged == 4.0  # GiB: 2**30 weights of 2 bytes in each round
    assert merging.most == merging.kept + 4.0
    beside = recipe("sample.engine=vllm", "sample.adapter=lora", "rounds=2")
    assert disk(beside, counts(), 2**30, 2).merged == 0


def test_quantised_weights_take_half_a_byte_where_bitsandbytes_holds_them():
    plain = found(recipe("sample.engine=vllm"), counts(), 2**30)
    four = found(recipe("sample.engine=vllm", "model.quantize=nf4"), counts(), 2**30)
    saved = 4 - 4.127 / 8  # GiB: 2**30 weights of 4 bytes each, in float32
    for work in ("train", "score"):
        assert plain[work].memory_gib - four[work].memory_gib == pytest.approx(saved, abs=0.1)
    assert plain["sample"].memory_gib == four["sample"].memory_gib


def test_the_room_on_disk_is_said_part_by_part():
    assert str(Disk(0.001, 0.5, 3.0)) == (
        "3.5 GiB at most: candidates 1 MiB, adapters 512 MiB, merged weights 3.0 GiB, deleted at "
        "the end"
    )
    assert str(Disk(0.5 / 1024, 0.0, 0.0)).startswith("less than 1 MiB at most")
