"""Run directories written by hand, as far as a report reads them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import ROOT

from iwsi.evaluation.gate import Decision
from iwsi.files import file_digest, files_of
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds import ledger

HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u202egnp.exe \u2066left\u2069",
    "x" * 1_000_000,
    "{{ 7 * 7 }} \u2028 \U0001f600 &lt;b&gt;",
)


def write_run(root, *, candidates=60, texts=()):
    """A run of one round with this many candidates; `texts` are the first ones."""
    folder = root / "round-1"
    (folder / "adapter").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "round-0").mkdir()
    (root / "recipe.yaml").write_text("task: {name: toy}\nmodel: {name: m}\nseed: 3\n")
    stages = {
        name: {"seconds": 1.0, "startup_seconds": 0.5, "info": {"tokens": 7}}
        for name in ("round-0/test", "round-1/select", "round-1/train", "round-1/test")
    }
    (root / "ledger.json").write_text(json.dumps({"format": 2, "stages": stages}))
    (root / "summary.json").write_text(json.dumps({"result": {"round": 1}}))
    (folder / "funnel.json").write_text(
        json.dumps(
            {
                "sampled": candidates,
                "answered": candidates,
                "majority": candidates // 2,
                "kept": candidates // 4,
                "dropped": {"minority_answer": candidates // 2, "high_ds_weight": candidates // 4},
            }
        )
    )
    gate = Decision(
        round=1,
        passed=True,
        probability=0.99,
        gain_over_base=0.25,
        failures=0,
        ends=False,
        result=1,
        reason="gain <b>+50</b>",
    )
    (folder / "gate.json").write_text(json.dumps(gate.to_dict()))
    (folder / "adapter" / "train_metrics.jsonl").write_text(
        "".join(json.dumps({"step": step, "loss": 1 / step}) + "\n" for step in range(1, 9))
    )
    rows = [_candidate(i, texts[i] if i < len(texts) else f"It is {i}.") for i in range(candidates)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "selection.parquet")
    pq.write_table(pa.table({"nll": [0.4, 0.5, 0.6]}), folder / "validation_losses.parquet")
    pq.write_table(
        pa.table({"prompt": ["what is 3"], "completion": ["Three is 3."]}),
        root / "data" / "validation.parquet",
    )
    for number, scores in ((0, [0.0, 1.0, 0.0, 1.0]), (1, [1.0, 0.0, 1.0, 1.0])):
        pq.write_table(_test(scores), root / f"round-{number}" / "test.parquet")
    return root


def write_whole_run(root):
    """The same run as all commands read it: a whole recipe, and a ledger with true digests."""
    write_run(root)
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["rounds=1", "gate=null"])
    (root / "recipe.yaml").write_text(dump_recipe(recipe))
    (root / "logs").mkdir()
    (root / "logs" / "prepare.log").write_text("")
    for name in ("train", "test"):
        pq.write_table(
            pa.table({"question_id": ["0", "1", "2", "3"]}), root / f"data/{name}.parquet"
        )
    (root / "round-1" / "adapter" / "adapter_config.json").write_text("{}")
    shards = root / "round-1" / "samples"
    shards.mkdir()
    for shard in ("00000", "00001"):
        pq.write_table(pa.table({"question_id": [shard]}), shards / f"{shard}.parquet")
    written = {
        "prepare": ["data"],
        "round-0/test": ["round-0/test.parquet"],
        "round-1/sample": ["round-1/samples"],
        "round-1/select": ["round-1/selection.parquet", "round-1/funnel.json"],
        "round-1/train": ["round-1/adapter"],
        "round-1/test": ["round-1/test.parquet"],
    }
    stages = {
        stage: {
            "digest": "0",
            "outputs": {
                str(file.relative_to(root)): file_digest(file)
                for path in paths
                for file in files_of(root / path)
            },
            "seconds": 1.0,
            "info": {"trained": 4, "too_long": 0},
        }
        for stage, paths in written.items()
    }
    content = {"format": ledger.FORMAT, "inputs": {}, "stages": stages}
    (root / "ledger.json").write_text(json.dumps(content))
    return root


def _candidate(i, text):
    kept = i % 4 == 0
    return {
        "question_id": str(i // 4),
        "candidate_id": i % 4,
        "prompt": f"what is {i // 4}",
        "text": text,
        "finish_reason": "length" if i % 10 == 9 else "stop",
        "num_tokens": 5 + i % 7,
        "logprob": -1.0,
        "answer": str(i // 4) if i % 2 == 0 else "7",
        "majority": str(i // 4),
        "vote_share": 0.5 + (i % 5) / 10,
        "vote_entropy": 0.3,
        "agrees": i % 2 == 0,
        "nll": 0.3 + (i % 9) / 20,
        "ds_weight": 1.0 + (i % 11) / 10,
        "score": 1.0,
        "keep": kept,
        "reason": None if kept else "high_ds_weight" if i % 2 == 0 else "minority_answer",
        "weight": 1.0,
    }


def _test(scores):
    return pa.table(
        {
            "model": ["m"] * len(scores),
            "item": [str(i) for i in range(len(scores))],
            "score": scores,
            "prompt": [f"item {i}" for i in range(len(scores))],
            "text": ["yes <i>no</i>"] * len(scores),
            "answer": ["yes"] * len(scores),
            "gold": ["yes"] * len(scores),
        }
    )
