"""HumanEval and its kin: `*_results.jsonl` with `passed`, MultiPL-E's results, completions."""

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of, verdict

NAME = "HumanEval"
LOOKS_FOR = "records with task_id, and passed, completion or solution"


def recognise(content: Content) -> bool:
    """Whether these are verdicts, or completions that wait for one."""
    if _is_multipl(content):
        return True
    rows = content.rows
    if not rows or "task_id" not in rows[0]:
        return False
    return bool(rows[0].keys() & {"passed", "completion", "solution"})


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: a task that occurs k times has k samples.

    Raises:
        UserError: (a ValueError) on completions without verdicts.
    """
    if _is_multipl(content):
        rows = [
            Row(
                text_of(content.mapping["name"]),
                {"pass": verdict(result.get("status"), "OK", (str(result.get("status")),))},
                facets={"epoch": str(number)},
            )
            for number, result in enumerate(content.mapping["results"], start=1)
        ]
        return Draft(tuple(rows), model=content.path.resolve().parent.name)
    if not any("passed" in row for row in content.rows):
        tool = "evalplus.evaluate" if _is_evalplus(content) else "evaluate_functional_correctness"
        raise no_scores(content.path, "completions without results", f"Run `{tool}` on the file.")
    rows = [
        Row(text_of(row["task_id"]), {"passed": _score(row.get("passed"))})
        for row in content.rows
        if "task_id" in row
    ]
    return Draft(tuple(rows))


def _is_multipl(content: Content) -> bool:
    value = content.mapping
    results = value.get("results")
    return (
        {"name", "language", "prompt"} <= value.keys()
        and isinstance(results, list)
        and all(isinstance(result, dict) and "status" in result for result in results)
    )


def _is_evalplus(content: Content) -> bool:
    return "evalplus" in str(content.path.resolve()).lower() or "solution" in content.rows[0]


def _score(value: object) -> float:
    number = score_of(value)
    return float("nan") if number is None else number
