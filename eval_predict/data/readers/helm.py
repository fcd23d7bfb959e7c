"""HELM: `per_instance_stats.json` of a run folder."""

from pathlib import Path
from typing import Any

from eval_predict.data.json_text import parse_json
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import text_of

NAME = "HELM"
LOOKS_FOR = "a list of objects with instance_id and stats"

# Statistics of the run and not of the answer.
_COSTS = (
    *("num_", "training_", "inference_", "batch_size", "finish_reason_", "prompt_truncated"),
    *("max_prob", "logprob", "estimated_num_", "bits_per_byte", "perplexity", "predicted_index"),
    "runtime",
)
_CHOICE = (
    "chain_of_thought_correctness",
    "exact_match",
    "quasi_exact_match",
    "prefix_exact_match",
    "quasi_prefix_exact_match",
)
# The metric that HELM's own tables show for these kinds of scenarios, the most special first.
_GENERATION = (
    *("math_equiv_chain_of_thought", "math_equiv", "final_number_exact_match"),
    *("exact_match_indicator", "chain_of_thought_correctness", "ifeval_strict_accuracy"),
    *("wildbench_score_rescaled", "omni_math_accuracy", "test_avg", "pass", "code_eval_acc"),
    *("f1_score", "rouge_2", "rouge_l", "bleu_4", "quasi_exact_match", "exact_match"),
)


def recognise(content: Content) -> bool:
    """Whether these are the statistics of each instance, or another file of such a run."""
    return _is_scores(content) or _companion(content) is not None


def read(content: Content, options: ReadOptions) -> Draft:
    """One run: an instance is an item; instances of all splits unless one is asked for.

    Perturbed copies of an instance are left out, as in HELM's plain accuracy.

    Raises:
        UserError: (a ValueError) on the run's other files, which hold no scores of instances.
    """
    if not _is_scores(content):
        raise no_scores(
            content.path,
            _companion(content) or "no scores",
            "Give per_instance_stats.json of the same run, or the run's folder.",
        )
    spec = _sibling(content.path, "run_spec.json")
    adapter = spec.get("adapter_spec") if isinstance(spec.get("adapter_spec"), dict) else {}
    method = str((adapter or {}).get("method", ""))
    model = (adapter or {}).get("model") or _model_of_folder(content.path)
    name = str(spec.get("name") or content.path.resolve().parent.name)
    rows = tuple(row for record in content.rows if (row := _row(record, _task(name))) is not None)
    return Draft(
        rows,
        prefer=_CHOICE if method.startswith("multiple_choice") else _GENERATION,
        model=model if isinstance(model, str) else None,
        run=str(content.path.resolve().parent),
    )


def _is_scores(content: Content) -> bool:
    rows = content.rows
    return bool(rows) and "instance_id" in rows[0] and isinstance(rows[0].get("stats"), list)


def _companion(content: Content) -> str | None:
    """The kind of another file of a run, None where it is none."""
    value, rows = content.mapping, content.rows
    if "adapter_spec" in value and "request_states" in value:
        return "HELM's requests and completions, no scores"
    if "adapter_spec" in value and "scenario_spec" in value:
        return "the description of a HELM run, no scores"
    if "definition_path" in value and "description" in value:
        return "the description of a HELM scenario, no scores"
    if rows and isinstance(rows[0].get("name"), dict) and "sum_squared" in rows[0]:
        return "averages of a HELM run"
    return None


def _sibling(path: Path, name: str) -> dict[str, Any]:
    try:
        value = parse_json((path.parent / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _model_of_folder(path: Path) -> str | None:
    """`mmlu:subject=law,model=openai_gpt2` names its model."""
    for part in path.resolve().parent.name.split(","):
        key, mark, value = part.rpartition("model=")
        if mark and not key.strip(":").endswith("_"):
            return value.replace("_", "/", 1)
    return None


def _task(name: str) -> str:
    """The run's name without what tells of the model."""
    head, _, rest = name.partition(":")
    kept = [part for part in rest.split(",") if part and not part.startswith(("model=", "method="))]
    return f"{head}:{','.join(kept)}" if kept else head


def _row(record: dict[str, Any], task: str) -> Row | None:
    if record.get("perturbation"):
        return None
    metrics: dict[str, float] = {}
    split = ""
    for stat in record.get("stats") or ():
        name = stat.get("name") if isinstance(stat, dict) else None
        if not isinstance(name, dict) or name.get("perturbation"):
            continue
        key, value = str(name.get("name")), stat.get("mean")
        split = split or str(name.get("split") or "")
        if not key.startswith(_COSTS) and isinstance(value, bool | int | float):
            metrics[key] = float(value)
    return Row(
        item=text_of(record.get("instance_id")),
        metrics=metrics,
        task=task,
        facets={
            "split": split or "test",
            "trial": text_of(record.get("train_trial_index", 0)),
        },
    )
