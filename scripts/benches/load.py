"""Large runs and tables, each in a process of its own: seconds, and the most memory it held.

Stages that would need a model are simulated where a name says so: what is measured is everything
around them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benches.candidates import write_round
from benches.growth import RECIPE, _clock, _peak_kib, _run
from iwsi.files import file_digest, write_json
from iwsi.recipe import Recipe
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds.stage import AnyStage

_MODELS, _ITEMS = 10_000, 100_000
_BLOCK = 20  # models written at a time
_ROUNDS, _SHARDS, _SOAK = 1_000, 10_000, 200


class Load(NamedTuple):
    """A task, and what it may take."""

    name: str
    task: str
    seconds: float
    gib: float
    do: Callable[[Path], dict[str, float]]


class Took(NamedTuple):
    """What it took; `more` holds figures of its own."""

    name: str
    seconds: float
    gib: float
    more: dict[str, float]


def run(name: str) -> Took:
    """A task in a process of its own."""
    done = subprocess.run(  # noqa: S603  # this interpreter and this file
        [sys.executable, __file__, name],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr[-600:]}")
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def _candidates(root: Path) -> dict[str, float]:
    """Vote, DS weight of given losses, and selection on a million candidates."""
    from iwsi.filter.ds_weight import ds_weight

    number = 1_000_000
    write_round(root, number)
    spent = {}
    for stage in ("vote", "select"):
        began = _clock()
        _run(root, stage, [])
        spent[stage] = round(_clock() - began, 1)
    began = _clock()
    losses = pq.read_table(root / "round-1" / "losses.parquet")["nll"].to_numpy()
    ds_weight(losses, np.full(100, 1.0))
    return {**spent, "weigh": round(_clock() - began, 1)}


def _matrix(root: Path) -> dict[str, float]:
    """Write and read 10,000 models by 100,000 items, a billion scores of 0 and 1."""
    from eval_predict.data.score_files import read_matrix

    rng = np.random.default_rng(0)
    root.mkdir(parents=True)
    path = root / "scores.parquet"
    items = pa.array([f"item-{i}" for i in range(_ITEMS)])
    names = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("model", names), ("item", names), ("score", pa.float32())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, _MODELS, _BLOCK):
            block = pa.array([f"model-{first + i}" for i in range(_BLOCK)])
            model_B = np.repeat(np.arange(_BLOCK, dtype=np.int32), _ITEMS)
            item_B = np.tile(np.arange(_ITEMS, dtype=np.int32), _BLOCK)
            columns = [
                pa.DictionaryArray.from_arrays(pa.array(model_B), block),
                pa.DictionaryArray.from_arrays(pa.array(item_B), items),
                pa.array(rng.integers(0, 2, model_B.size, dtype=np.int8).astype(np.float32)),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    began = _clock()
    matrix = read_matrix(path)
    read = _clock() - began
    began = _clock()
    mean = float(matrix.mean_M.mean())
    return {"read": round(read, 1), "means": round(_clock() - began, 1), "mean": round(mean, 3)}


def _small(*overrides: str) -> Recipe:
    fixed = ["sample.engine=transformers", "audit=null", "forecast=null", "gate=null"]
    return load_recipe(RECIPE, [*fixed, "test.full=every", *overrides])


def _status(root: Path) -> dict[str, float]:
    """`iwsi status` of a run of a thousand rounds."""
    _fake_run(root, _small(f"rounds={_ROUNDS}"), _ROUNDS)
    from iwsi.rounds.ledger import Ledger
    from iwsi.rounds.run_dir import read_recipe
    from iwsi.rounds.summary import summarise

    began = _clock()
    summary = summarise(root, read_recipe(root), Ledger(root))
    spent = _clock() - began
    return {"status": round(spent, 2), "rounds": len(summary.rounds)}


def _fake_run(root: Path, recipe: Recipe, rounds: int) -> None:
    """A run directory as `status` reads it: recipe, ledger, funnels and tests."""
    from iwsi.rounds.ledger import FORMAT, Entry
    from iwsi.rounds.plan import plan

    root.mkdir(parents=True, exist_ok=True)
    (root / "recipe.yaml").write_text(dump_recipe(recipe), encoding="utf-8")
    rng = np.random.default_rng(0)
    funnel = {"sampled": 96, "answered": 90, "majority": 60, "kept": 40, "dropped": {"tie": 6}}
    for number in range(rounds + 1):
        folder = root / f"round-{number}"
        folder.mkdir()
        scores = pa.table(
            {
                "score": rng.integers(0, 2, 500).astype(float),
                "answer": ["7"] * 500,
                "gold": ["7"] * 500,
                "text": ["It is 7."] * 500,
            }
        )
        pq.write_table(scores, folder / "test.parquet")
        write_json(folder / "funnel.json", funnel)
    info = {"trained": 40, "too_long": 0}
    stages = {
        stage.name: asdict(Entry("0" * 64, dict.fromkeys(stage.writes, "0" * 64), 1.0, 0.5, info))
        for stage in plan(recipe)
        if stage.kind.name != "diversity"
    }
    write_json(root / "ledger.json", {"format": FORMAT, "inputs": {}, "stages": stages})


def _shards(root: Path) -> dict[str, float]:
    """Going on with a stage of 10,000 shards of which one is missing; the engine is simulated."""
    from iwsi.records import CANDIDATES
    from iwsi.sample.engine import Candidate, Decoding
    from iwsi.sample.shards import STAMP, sample_to_shards

    folder = root / "samples"
    folder.mkdir(parents=True)
    pq.write_table(CANDIDATES.empty_table(), folder / "one.parquet")
    content = (folder / "one.parquet").read_bytes()
    (folder / "one.parquet").unlink()
    for number in range(_SHARDS - 1):
        (folder / f"shard-{number:05d}.parquet").write_bytes(content)
    write_json(folder / STAMP, {"digest": "d"})
    questions = pa.table(
        {
            "question_id": [f"q{i}" for i in range(_SHARDS)],
            "prompt": [f"What is {i}?" for i in range(_SHARDS)],
        }
    )

    class Engine:
        name = "simulated"

        def generate(self, prompts: object, decoding: Decoding) -> object:
            for prompt in prompts:  # type: ignore[attr-defined]
                yield prompt.question_id, [Candidate("It is 1.", "stop", 4, -1.0)]

    began = _clock()
    sample_to_shards(
        Engine(),  # type: ignore[arg-type]
        questions,
        Decoding(n=1, temperature=1.0, top_p=1.0, max_tokens=8, stop=()),
        folder,
        few_shot="",
        shard_size=1,
        seed=[0],
        digest="d",
        progress=lambda done, total: None,
    )
    going_on = _clock() - began
    began = _clock()
    digests = [file_digest(file) for file in sorted(folder.glob("*.parquet"))]
    return {
        "going_on": round(going_on, 2),
        "digests": round(_clock() - began, 2),
        "files": len(digests),
    }


def _soak(root: Path) -> dict[str, float]:
    """200 rounds of the loop with simulated stages: the parent's memory at its quarters."""
    from iwsi.rounds import loop
    from iwsi.rounds.context import Session
    from iwsi.rounds.display import Silent
    from iwsi.rounds.ledger import Ledger
    from iwsi.rounds.plan import plan
    from iwsi.rounds.workers import StageRun, Workers

    held: list[float] = []

    class Simulated(Workers):
        """Writes each output of a stage, as large as the smallest recipe's."""

        def run(self, stage: AnyStage, *_: object, **__: object) -> StageRun:
            _write_outputs(self._root, stage)
            if stage.name.endswith("/test"):
                held.append(_held_kib() / 1024)
            return StageRun(1.0, 0.5, {"process": 0.5}, {"trained": 40, "too_long": 0})

    recipe = _small(f"rounds={_SOAK}")
    root.mkdir(parents=True, exist_ok=True)
    began = _clock()
    with Simulated(root, Silent()) as workers:
        session = Session(root, recipe, lambda done, total: None)
        stages = [_not_in_the_loop(stage) for stage in plan(recipe)]
        loop._run_stages(stages, None, session, Ledger(root), workers, None)
    quarter = len(held) // 4
    return {
        "rounds": len(held) - 1,
        "mib_after_a_quarter": round(held[quarter], 1),
        "mib_after_half": round(held[2 * quarter], 1),
        "mib_at_the_end": round(held[-1], 1),
        "seconds_a_round": round((_clock() - began) / len(held), 3),
    }


def _not_in_the_loop(stage: AnyStage) -> AnyStage:
    """The same stage, which the simulated workers do."""
    if stage.kind.process != "loop":
        return stage
    return replace(stage, kind=replace(stage.kind, process="own"))


def _write_outputs(root: Path, stage: AnyStage) -> None:
    table = pa.table(
        {
            "model": [stage.name] * 20,
            "item": [str(i) for i in range(20)],
            "score": [float((i * 7 + stage.round) % 2) for i in range(20)],
        }
    )
    for path in stage.writes:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".json"):
            write_json(root / path, {"stage": stage.name})
        elif path.endswith(".parquet"):
            pq.write_table(table, root / path)
        else:
            for shard in range(3):
                (root / path).mkdir(exist_ok=True)
                pq.write_table(table, root / path / f"shard-{shard:05d}.parquet")


def _held_kib() -> int:
    """The memory that this process holds now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


LOADS = (
    Load("candidates", "10^6 candidates: vote, DS weight, select", 60, 4, _candidates),
    Load("matrix", "10,000 models by 100,000 items, read", 300, 8, _matrix),
    Load("status", "status of 1,000 rounds", 1, 4, _status),
    Load("shards", "going on with 10,000 shards", 5, 4, _shards),
    Load("soak", "200 rounds of the loop, stages simulated", 600, 1, _soak),
)

if __name__ == "__main__":
    [load] = [load for load in LOADS if load.name == sys.argv[1]]
    with tempfile.TemporaryDirectory(prefix="load-") as place:
        begin = _clock()
        figures = load.do(Path(place) / "run")
        took = Took(load.name, round(_clock() - begin, 1), _peak_kib() / 2**20, figures)
    sys.stdout.write(json.dumps(took._asdict()) + "\n")
