"""BigCodeBench: `*_eval_results.json`."""

import re
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import verdict

NAME = "BigCodeBench"
LOOKS_FOR = "an object eval of tasks with lists of status and details"

_NAME = re.compile(r"^(?P<model>.+?)--bigcodebench(?:-\w+)?-(?P<split>complete|instruct)")


def recognise(content: Content) -> bool:
    """Whether its tasks have a status, or it is the summary beside them."""
    return _is_scores(content) or _is_summary(content)


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: several completions of a task are repeats; a timeout is a failure.

    Raises:
        UserError: (a ValueError) on the file of `pass@k`, which is one average.
    """
    if _is_summary(content):
        name = next(name for name in content.mapping if name.startswith("pass@"))
        raise no_scores(
            content.path,
            f"one average ({name} {content.mapping[name]:.4g})",
            "Give the file *_eval_results.json of the same run.",
        )
    rows = [
        Row(
            str(task),
            {"pass": verdict(sample.get("status"), "pass", ("fail", "timeout"))},
            facets={"epoch": str(number)},
        )
        for task, samples in content.mapping["eval"].items()
        for number, sample in enumerate(samples, start=1)
        if isinstance(sample, dict)
    ]
    named = _NAME.match(content.path.name)
    model = named.group("model").removesuffix("--main").replace("--", "/") if named else None
    return Draft(tuple(rows), model=model, setup={"split": named.group("split")} if named else {})


def _is_scores(content: Content) -> bool:
    results = content.mapping.get("eval")
    if not isinstance(results, dict) or not results:
        return False
    samples: Any = next(iter(results.values()))
    return (
        isinstance(samples, list)
        and bool(samples)
        and isinstance(samples[0], dict)
        and "status" in samples[0]
    )


def _is_summary(content: Content) -> bool:
    value = content.mapping
    return any(
        name.startswith("pass@") and isinstance(number, int | float)
        for name, number in value.items()
    ) and all(not isinstance(part, dict) for part in value.values())
