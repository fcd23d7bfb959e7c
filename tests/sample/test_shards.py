import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from iwsi import records
from iwsi.files import read_table
from iwsi.sample.engine import Candidate, Decoding
from iwsi.sample.shards import sample_to_shards

QUESTIONS = pa.table(
    {"question_id": [f"q{i}" for i in range(10)], "prompt": [f"p{i}" for i in range(10)]},
    schema=records.QUESTIONS,
)
DECODING = Decoding(n=3, temperature=1.0, top_p=1.0, max_tokens=8)


class FakeEngine:
    """Answers with the prompt and its seed, last question first, and may die on the way."""

    name = "transformers"

    def __init__(self, dies_after=None):
        self.dies_after = dies_after
        self.requested = []

    def generate(self, prompts, decoding):
        prompts = list(prompts)
        for count, prompt in enumerate(reversed(prompts)):
            if count == self.dies_after:
                raise KeyboardInterrupt
            self.requested.append(prompt)
            yield (
                prompt.question_id,
                [
                    Candidate(f"{prompt.text} {prompt.seed + i}", "stop", 2, -0.5)
                    for i in range(decoding.n)
                ],
            )


def _sample(engine, folder, digest="d", seed=(0, 1), progress=lambda done, total: None):
    sample_to_shards(
        engine,
        QUESTIONS,
        DECODING,
        folder,
        few_shot="shot ",
        shard_size=4,
        seed=seed,
        digest=digest,
        progress=progress,
    )


def test_every_candidate_is_written_once_in_order(tmp_path):
    _sample(FakeEngine(), tmp_path / "s")
    table = read_table(tmp_path / "s")
    assert table.schema == records.CANDIDATES
    assert [p.name for p in sorted((tmp_path / "s").glob("*.parquet"))] == [
        f"shard-{i:05d}.parquet" for i in range(3)
    ]
    keys = list(zip(*(table[c].to_pylist() for c in ("question_id", "candidate_id")), strict=True))
    assert keys == [(f"q{q}", c) for q in range(10) for c in range(3)]
    assert table["prompt"][0].as_py() == "p0"  # without the few-shot text
    assert table["text"][0].as_py().startswith("shot p0 ")


def test_seeds_are_so_far_apart_that_no_two_candidates_share_one(tmp_path):
    engine = FakeEngine()
    _sample(engine, tmp_path / "s")
    seeds = [prompt.seed + child for prompt in engine.requested for child in range(DECODING.n)]
    assert len(set(seeds)) == len(seeds) == 30


def test_another_stream_has_other_seeds(tmp_path):
    first, second = FakeEngine(), FakeEngine()
    _sample(first, tmp_path / "a", seed=(0, 1))
    _sample(second, tmp_path / "b", seed=(0, 2))
    assert not {p.seed for p in first.requested} & {p.seed for p in second.requested}


def test_a_resumed_run_keeps_its_shards_and_ends_like_an_undisturbed_one(tmp_path):
    _sample(FakeEngine(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _sample(FakeEngine(dies_after=7), tmp_path / "killed")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "killed").glob("*.parquet")}
    assert len(kept) == 2  # the last two shards of three: the engine goes backwards
    engine, seen = FakeEngine(), []
    _sample(engine, tmp_path / "killed", progress=lambda done, total: seen.append((done, total)))
    assert {prompt.question_id for prompt in engine.requested} == {"q0", "q1", "q2", "q3"}
    assert seen[0] == (6, 10)
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    for path in sorted((tmp_path / "whole").iterdir()):
        assert (tmp_path / "killed" / path.name).read_bytes() == path.read_bytes()


def test_shards_made_from_something_else_are_not_kept(tmp_path):
    _sample(FakeEngine(), tmp_path / "s", digest="old")
    engine = FakeEngine()
    _sample(engine, tmp_path / "s", digest="new")
    assert len(engine.requested) == 10


def test_a_shard_is_never_seen_half_written(tmp_path, monkeypatch):
    def full_disk(table, path, **options):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full_disk)
    with pytest.raises(OSError, match="No space"):
        _sample(FakeEngine(), tmp_path / "s")
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["shards.json"]
