"""The roles of a table's columns, by their names and contents."""

from collections.abc import Iterable, Sequence

MODEL = (
    *("model", "model_name", "model_id", "llm", "system", "subject_id", "generator", "candidate"),
    *("participant", "respondent", "judge", "annotator", "rater"),
)
ITEM = (
    *("item", "item_id", "question_id", "prompt_id", "example_id", "doc_id", "sample_id"),
    *("instance_id", "input_id", "task_id", "problem_id", "qid", "test_id", "id", "idx", "index"),
    *("question", "prompt", "input", "instruction", "problem", "query", "user_input", "inputs"),
    *("request", "uid"),
)
SCORE = (
    *("score", "correct", "is_correct", "exact_match", "acc", "reward", "passed", "pass"),
    *("success", "resolved", "solved", "graded", "win", "rating", "value", "result", "response"),
)
# Metrics that a column may be named after: such columns are not models.
METRIC = {
    *SCORE,
    *("acc_norm", "accuracy", "em", "f1", "f1_score", "bleu", "rouge", "rouge_l", "rougel"),
    *("g_eval", "geval", "faithfulness", "relevancy", "answer_relevancy", "context_recall"),
    *("context_precision", "answer_correctness", "hallucination", "toxicity", "bias", "fluency"),
    *("coherence", "consistency", "relevance", "bertscore", "meteor", "precision", "recall"),
    *("correctness", "helpfulness", "conciseness", "harmfulness", "factual_correctness"),
    *("semantic_similarity", "context_utilization", "noise_sensitivity", "corr", "wrong"),
}
# What a call cost, which says nothing of its answer.
MEASURE = {
    *("latency", "cost", "price", "duration", "runtime", "time", "tokens", "timestamp"),
    *("start_time", "end_time", "temperature", "total_cost", "elapsed"),
}
_MEASURE_ENDS = ("_ms", "_tokens", "_seconds", "_cost", "_latency", "_usd", "_time")
REPEAT = (
    *("run", "run_idx", "run_id", "seed", "trial", "epoch", "repeat", "attempt", "iteration"),
    *("replicate", "sample_idx", "completion_id"),
)
# Of these the ones that name a whole run of a model, not one sample of an item.
RUN = ("run", "run_idx", "run_id", "seed", "replicate")
JUDGE = ("judge", "annotator", "evaluator", "rater")
TASK = ("task", "task_name", "benchmark", "dataset", "subset")
SPLIT = ("split",)
# Where a thing stood on the page: shuffled, so never part of what the thing is.
POSITION = {"slot", "position", "pos", "order", "rank", "row", "line", "column"}
# Parts of the names of columns that sum up others.
_SUMMARY = {
    *("average", "avg", "mean", "std", "stderr", "stddev", "winrate", "elo", "rank", "median"),
    *("overall", "total", "ci", "count", "n"),
}
BENCHMARKS = {
    *("mmlu", "gsm8k", "arc", "hellaswag", "truthfulqa", "winogrande", "bbh", "ifeval", "math"),
    *(
        "gpqa",
        "musr",
        "humaneval",
        "mbpp",
        "mmlu_pro",
        "drop",
        "boolq",
        "piqa",
        "aime",
        "swe_bench",
    ),
}


def plain(name: str) -> str:
    """A column's name as the lists above have it."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def is_metric(name: str) -> bool:
    """Whether a column is named after a metric: `correct`, `f1`, `score_match`."""
    word = plain(name).split("/")[0]  # MLflow: exact_match/v1/score
    return word in METRIC or word.startswith(("score_", "scores_", "metric_", "metrics_", "pass@"))


def is_measure(name: str) -> bool:
    """Whether a column says what a call cost: `latency`, `total_tokens`, `duration_ms`."""
    word = plain(name)
    return word in MEASURE or word.endswith(_MEASURE_ENDS)


def is_summary(name: str) -> bool:
    """Whether a column sums up others: `avg_length`, `win_rate`, `Average`, `n_total`."""
    word = plain(name)
    return word in ("win_rate", "standard_error") or bool(set(word.split("_")) & _SUMMARY)


def first_of(wanted: Iterable[str], header: Sequence[str]) -> str | None:
    """The first wanted column that there is, by its own spelling."""
    there = {plain(name): name for name in reversed(header)}
    return next((there[name] for name in wanted if name in there), None)
