"""Files without scores of items that are often given by mistake."""

import zipfile
from pathlib import Path

from log_shapes.shape import LFS, Shape


def workbook(file: Path) -> None:
    """The parts of a workbook by which it is known."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")


SHAPES = [
    Shape(
        "results_a.json",
        {"results": {"arc": {"acc,none": 0.25}}, "config": {}, "versions": {"arc": 1}},
        says="only averages (1 task)",
    ),
    Shape("details.parquet", LFS, says="Run `git lfs pull`"),
    Shape(
        "BFCL_v3_simple_score.json",
        '{"accuracy": 0.5, "correct_count": 1, "total_count": 2}\n'
        '{"id": "simple_1", "model_name": "m", "valid": false, "error_type": "value_error"}\n',
        says="the failures alone",
    ),
    Shape(
        "arena_hard.jsonl",
        [{"uid": "q", "model": "m", "judge": "j", "games": [{"score": "A>B"}, {"score": "A=B"}]}],
        says="judgments of Arena-Hard",
    ),
    Shape(
        "mmlu_pro_result.json",
        [{"question_id": n, "options": ["x"], "answer": "B", "pred": "B"} for n in range(2)],
        says="answers beside golds, without verdicts",
    ),
    Shape(
        "mmlu_pro_summary.json",
        {"biology": {"corr": 1, "wrong": 2, "acc": 0.33}, "total": {"corr": 1, "acc": 0.33}},
        says="only averages (biology, total)",
    ),
    Shape(
        "bigcode.json",
        {"humaneval": {"pass@1": 0.3}, "config": {"model": "org/m"}},
        says="only averages",
    ),
    Shape(
        "promptfoo.yaml", "evalId: e\nresults:\n  version: 3\n", says="promptfoo's results as YAML"
    ),
    Shape("scores.xlsx", lambda file: workbook(file), says="an Excel workbook"),
    Shape("empty.json", "", says="an empty file"),
    Shape("reprs.json", {"results": ["Result(id=1, score=1.0)"]}, says="Python reprs"),
]
