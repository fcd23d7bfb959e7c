"""Files in the shapes that lm-evaluation-harness writes."""

from pathlib import Path
from typing import Any

from log_shapes.shape import DATE, Shape, write


def lm_sample(doc: int, **more: Any) -> dict[str, Any]:
    """One document as lm-evaluation-harness logs it."""
    record = {
        "doc_id": doc,
        "doc": {"question": f"q{doc}"},
        "target": "1",
        "arguments": {"gen_args_0": {"arg_0": f"Q: q{doc}", "arg_1": {"until": ["\n"]}}},
        "resps": [["1"]],
        "filtered_resps": ["1"],
        "filter": "none",
        "metrics": [key for key in more if key != "filter"],
        "doc_hash": f"d{doc}",
        "prompt_hash": "p",
        "target_hash": "t",
    }
    return {**record, **more}


def write_lm_log(
    folder: Path, records: list[dict[str, Any]], task: str = "gsm8k", date: str = DATE
) -> Path:
    """Write records as the sample log of one task."""
    return write(folder, Shape(f"samples_{task}_{date}.jsonl", records))


SHAPES = [
    Shape(
        f"org__m/samples_gsm8k_{DATE}.jsonl",
        [
            lm_sample(doc, filter=name, exact_match=float(name == "flexible-extract" or doc == 0))
            for name in ("strict-match", "flexible-extract")
            for doc in range(4)
        ],
        {"org/m": 0.25},
        4,
        metric="exact_match",
    ),
    Shape(
        f"m/samples_ifeval_{DATE}.jsonl",
        [
            lm_sample(0, prompt_level_strict_acc=True, inst_level_strict_acc=[True, True]),
            lm_sample(1, prompt_level_strict_acc=False, inst_level_strict_acc=[True, False]),
        ],
        {"m": 0.5},
        2,
        metric="prompt_level_strict_acc",
    ),
    Shape(
        f"m/samples_wikitext_{DATE}.jsonl",
        [lm_sample(0, word_perplexity=[-12.5, 4], byte_perplexity=[-12.5, 20])],
        says="`word_perplexity` is a corpus metric",
    ),
    Shape(
        f"m/samples_niah_{DATE}.jsonl",
        [
            lm_sample(0, **{"4096": 1.0, "8192": -1}),
            lm_sample(1, **{"4096": -1, "8192": 0.5}),
        ],
        {"m": 1.0},
        2,
        metric="4096",
    ),
    Shape(
        f"m/samples_arc_{DATE}.jsonl",
        [lm_sample(0, bypass=999), lm_sample(1, bypass=999)],
        says="made with --predict_only (bypass: 999)",
    ),
    Shape(
        "m/arc_easy_write_out_info.json",
        [
            {"doc_id": n, "prompt_0": "Q", "logit_0": -1.0, "truth": 1, "acc": "True"}
            for n in (0, 1)
        ],
        {"arc_easy_write_out_info": 1.0},
        2,
    ),
    Shape(
        "whole.json",
        {
            "results": {"arc": {"acc,none": 0.75}},
            "config": {"model": "hf", "model_args": {"pretrained": "org/m"}},
            "samples": {"arc": [lm_sample(0, acc=1.0), lm_sample(1, acc=0.0)]},
        },
        {"org/m": 0.5},
        2,
    ),
    Shape("cut.jsonl", '{"doc_id": 0, "resps": [], "acc": 1}\n{"doc_id": 1, "re', says="line 2"),
]
