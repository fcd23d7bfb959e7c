"""Several engines as one, on the real model: what they sample, and what is left when one dies."""

import importlib.util
import json

import psutil
import pyarrow as pa
import pytest
from conftest import MODEL, ROOT

from iwsi import records
from iwsi.files import read_table
from iwsi.recipe import Model, Sample
from iwsi.sample.engine import Decoding
from iwsi.sample.shards import sample_to_shards
from iwsi.sample.start import make_engine

SAMPLING = Decoding(n=3, temperature=1.0, top_p=1.0, max_tokens=32)
SHARD, QUESTIONS = 3, 22


def _questions():
    path = ROOT / "recipes" / "tiny_arith" / "train.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()[:QUESTIONS]]
    prompts = [f"Question: {row['question']}\nAnswer:" for row in rows]
    ids = [f"q{i}" for i in range(QUESTIONS)]
    return pa.table({"question_id": ids, "prompt": prompts}, schema=records.QUESTIONS)


def _engine(name, processes, **settings):
    sample = Sample(
        engine=name, processes=processes, shard_size=SHARD, max_memory_gib=0.25, **settings
    )
    return make_engine(sample, Model(name=str(MODEL)), None, max_length=160)


def _sample(engine, folder, progress=lambda done, total: None):
    sample_to_shards(
        engine,
        _questions(),
        SAMPLING,
        folder,
        few_shot="",
        shard_size=SHARD,
        seed=(0, 1),
        digest="d",
        progress=progress,
    )
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _keys(folder):
    table = read_table(folder)
    return list(zip(*(table[name].to_pylist() for name in table.column_names[:2]), strict=True))


_SERVICE = "iwsi.sample.service"  # what an engine's process runs


def test_two_processes_sample_what_one_does_and_losing_one_loses_nothing(tmp_path):
    whole = _sample(_engine("transformers", 1), tmp_path / "whole")
    both = _engine("transformers", 2)
    assert _sample(both, tmp_path / "both") == whole

    killed = []

    def kill(done, total):
        if done >= 2 * SHARD and not killed:
            children = psutil.Process().children()
            alive = [p for p in children if p.status() != psutil.STATUS_ZOMBIE]
            killed.append(next(p for p in alive if _SERVICE in p.cmdline()))
            killed[0].kill()

    with pytest.raises(RuntimeError, match=r"process 1 of 2: gone \(signal 9\)"):
        _sample(both, tmp_path / "killed", kill)
    both.close()
    kept = list((tmp_path / "killed").glob("*.parquet"))
    times = [path.stat().st_mtime_ns for path in kept]
    assert 0 < len(kept) < len(whole) - 1
    assert _sample(_engine("transformers", 1), tmp_path / "killed") == whole
    assert [path.stat().st_mtime_ns for path in kept] == times


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_two_vllm_engines_answer_every_question_once(tmp_path):
    both = _engine("vllm", 2)
    try:
        _sample(both, tmp_path / "both")
    finally:
        both.close()
    assert _keys(tmp_path / "both") == [(f"q{q}", c) for q in range(QUESTIONS) for c in range(3)]


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_ray_answers_every_question_once_though_an_actor_is_killed(tmp_path):
    """The same bytes as one engine: parts that a lost actor had are done anew, and none twice."""
    whole = _sample(_engine("transformers", 1), tmp_path / "whole")
    killed = []

    def kill(done, total):
        actors = [p for p in psutil.Process().children(recursive=True) if "MapWorker" in p.name()]
        if 0 < done < total and not killed:
            actors[0].kill()
            killed.append(len(actors))

    through_ray = _engine("transformers", 2, cluster="ray")
    try:
        assert _sample(through_ray, tmp_path / "ray", kill) == whole
    finally:
        through_ray.close()
    assert killed == [2]
