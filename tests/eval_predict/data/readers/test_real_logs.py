"""The logs that other people's tools wrote: each is read right, or refused with the right words."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from shared_data import shared_data
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict import UserError
from eval_predict.data.readers import ReadOptions, read


class Reads(NamedTuple):
    """The reading of a file or folder, as the collection's README has it."""

    path: str
    items: int
    metric: str
    means: dict[str, float]
    note: str = ""
    options: ReadOptions = ReadOptions()
    scores: int | None = None
    scale: tuple[float, float] = (0.0, 1.0)


class Refuses(NamedTuple):
    """What a refusal says."""

    path: str
    says: str
    options: ReadOptions = ReadOptions()


def _metric(*names: str, **more: Any) -> ReadOptions:
    return ReadOptions(metrics=names, **more)


GEMMA, GEMMA_2 = "gemma3:12b-u1", "/workspace/gemma3_12b_u2"
MINERVA = "user/mem_Qwen3-93M_minerva_math_rep_0_sbst_1.0000_epch_1_ot_1"
LLAMA = "meta-llama/Meta-Llama-3.1-70B-Instruct"
NORMAL, GRIFFIN = "Meta-Llama-3-8B-Instruct-Normal", "Meta-Llama-3-8B-Instruct-Griffin"
OPUS, GPT2 = "anthropic/claude-opus-4-6", "openai/gpt2"
BIG = "Qwen2.5-Coder-7B-Instruct--main--bigcodebench-hard-complete--vllm-0-1-sanitized_calibrated"
PLUS = "evalplus/meta-llama--Meta-Llama-3.1-70B-Instruct_vllm_temp_0.0_eval_results.json"
ANNOTATIONS = "alpaca_eval/NullModel/weighted_alpaca_eval_gpt4_turbo/annotations.json"
QM = "inspect_ai/2025-10-07T18-02-25+03-00_qm-problems-eval.eval"
POPULARITY = "inspect_ai/2025-05-12T20-28-13-04-00_popularity_cancelled.json"
MMLU, NARRATIVE = "helm/mmlu_philosophy_gpt2", "helm/narrative_qa_gpt2"

READS = [
    Reads("lm_eval/gsm8k_strict_only", 3, "exact_match", {GEMMA: 0.3333}),
    Reads("lm_eval/mmlu_pro_plus", 6, "exact_match", {GEMMA_2: 0.3333}),
    Reads(
        "lm_eval/mmlu_pro_plus",
        3,
        "exact_match",
        {GEMMA_2: 0.3333},
        options=ReadOptions(tasks=("*chemistry",)),
    ),
    Reads("lm_eval/math_perturbed", 10, "exact_match", {MINERVA: 0.0}),
    Reads("inspect_ai/same_log_two_formats/log_formats.eval", 1, "match", {"ollama/llama3.1": 0}),
    Reads("inspect_ai/same_log_two_formats/log_formats.json", 1, "match", {"ollama/llama3.1": 0}),
    Reads(
        "inspect_ai/same_log_two_formats", 1, "match", {"ollama/llama3.1": 0}, note="the same run"
    ),
    Reads(
        "inspect_ai/log_streaming_2_epochs.eval",
        2,
        "match",
        {"azureai/Meta-Llama-3-1-405B-Instruct-jqf": 0.75},
        scores=4,
    ),
    Reads(POPULARITY, 3, "match", {"openai/gpt-4o-mini": 0.6667}, note="status cancelled"),
    Reads("inspect_ai/data_arc_qwen.json", 3, "choice", {"ollama/qwen2.5:0.5b": 0.3333}),
    Reads("inspect_ai/data_pubmedqa_gpt4o_mini.json", 2, "choice", {"openai/azure/gpt-4o-mini": 1}),
    Reads(
        "inspect_ai/data_cyse2_vuln_exploit_challenges.json",
        1,
        "vul_exploit_scorer",
        {"mistral/mistral-large-latest": 0.65},
    ),
    Reads(
        "inspect_ai/2025-09-23T08-09-58-04-00_popularity.eval",
        18,
        "match",
        {"openai/gpt-4o-mini": 0.7222},
    ),
    Reads(QM, 3, "model_graded_fact", {"google/gemini-2.5-flash": 4.0}, scale=(0, 10)),
    Reads(MMLU, 10, "exact_match", {GPT2: 0.1}, note="all splits (test 9, valid 1"),
    Reads(MMLU, 9, "exact_match", {GPT2: 0.1111}, options=ReadOptions(split="test")),
    *(
        Reads(MMLU, 10, name, {GPT2: 0.1}, options=_metric(name))
        for name in ("quasi_exact_match", "prefix_exact_match")
    ),
    *(
        Reads(NARRATIVE, 5, name, {GPT2: mean}, options=_metric(name))
        for name, mean in (
            ("f1_score", 0.1394),
            ("rouge_l", 0.0502),
            ("bleu_1", 0.0356),
            ("exact_match", 0.0),
        )
    ),
    *(
        Reads(NARRATIVE, 4, name, {GPT2: mean}, options=_metric(name, split="test"))
        for name, mean in (("f1_score", 0.1742), ("rouge_l", 0.0537), ("bleu_1", 0.0357))
    ),
    *(
        Reads(
            "evalplus/samples_eval_results.json",
            164,
            name,
            {"samples": 0.0},
            note="all 164 results are `timed out`",
            options=_metric(name),
        )
        for name in ("base", "plus")
    ),
    Reads(PLUS, 5, "base", {LLAMA: 0.8}, options=_metric("base")),
    Reads(PLUS, 5, "plus", {LLAMA: 0.6}, note="metric plus (also there: base"),
    Reads(f"bigcodebench/{BIG}_eval_results.json", 20, "pass", {"Qwen2.5-Coder-7B-Instruct": 0.2}),
    Reads(
        "livecodebench/Scenario.codegeneration_1_0.2_eval_all.json",
        14,
        "pass@1",
        {"livecodebench": 0.7857},
    ),
    Reads("humaneval/samples.jsonl_results.jsonl", 15, "passed", {"samples": 0.8667}),
    Reads(
        "humaneval/samples_multi.jsonl_results.jsonl",
        45,
        "passed",
        {"samples_multi": 0.7778},
        scores=47,
    ),
    Reads(
        "alpaca_eval/text_davinci_001/alpaca_eval_gpt4/annotations.json",
        35,
        "win_rate",
        {"text_davinci_001": 0.1176},
        scores=34,
    ),
    Reads(ANNOTATIONS, 10, "win_rate", {"example": 0.7231}),
    Reads(
        "mt_bench/gpt-4_single-origin.jsonl",
        6,
        "score",
        {GRIFFIN: 3.6667, NORMAL: 7.0},
        scale=(1, 10),
        note="$ERROR$",
    ),
    *(
        Reads(
            "mt_bench/gpt-4_single-origin.jsonl",
            3,
            "score",
            means,
            scale=(1, 10),
            options=ReadOptions(tasks=(turn,)),
        )
        for turn, means in (
            ("turn 1", {GRIFFIN: 3.6667, NORMAL: 10.0}),
            ("turn 2", {GRIFFIN: 3.6667, NORMAL: 4.0}),
        )
    ),
    Reads("wildbench/gemma-2b-it.json", 18, "score", {"google/gemma-2b-it": 4.9444}, scale=(1, 10)),
    Reads(
        "promptfoo/promptfoo_results.json",
        2,
        "score",
        {"PydanticAI GPT-4o": 1.0, "PydanticAI GPT-4o-mini": 1.0},
    ),
    *(
        Reads(
            "deepeval/.latest_test_run.json",
            1,
            name,
            {"latest_test_run": mean},
            options=_metric(name),
        )
        for name, mean in (
            ("Exact Match", 0),
            ("AnswerLLMJudgeMetric", 0),
            ("ToolUsageMetric", 0),
            ("FactsSimilarityMetric", 1),
            ("Contextual Recall", 0),
        )
    ),
    Reads("swe_bench/gold.validate-gold.json", 24, "resolved", {"gold": 0.5833}),
    Reads("terminal_bench_harbor/2026-04-10__12-32-47", 10, "reward", {OPUS: 0.7}),
    Reads("tau_bench/gpt-4o-airline.json", 7, "reward", {"gpt-4o-airline": 0.1429}, scores=28),
    Reads("reflexion/env_results_trial_0.json", 134, "is_success", {"env_results_trial_0": 0.6269}),
    Reads(
        "reflexion/humaneval-rs._simple_1_gpt-4_pass_at_k_1_rs.jsonl",
        22,
        "is_solved",
        {"gpt-4": 0.5},
    ),
    Reads(
        "py_irt/minitest.jsonlines",
        4,
        "response",
        {"pedro": 0.5, "pinguino": 0.5, "ken": 1, "burt": 0},
    ),
    Reads(
        "csv/mmlu_abstract_algebra.csv",
        100,
        "score",
        {"mistralai/Mixtral-8x7B-Instruct-v0.1": 0.32, "gpt-4-1106-preview": 0.46},
    ),
    Reads(
        "csv/judgments.csv",
        10,
        "correct",
        {"Claude": 0.8, "Gemini": 0.6, "GPT": 0.5, "Grok": 0.4, "DeepSeek": 0.2},
        note="an item is prompt_id × true_author",
    ),
    *(
        Reads(
            f"csv/rag_judge_scores/{name}.csv",
            21,
            metric,
            {name: mean},
            options=_metric(metric, item=("row",)),
        )
        for name, means in (
            ("bm25__deepseek-r1-1.5b__mxbai", (0.5238, 0.7619, 0.1905)),
            ("bm25__gemma3-1b__mxbai", (0.9524, 0.9524, 0.6667)),
            ("bm25__llama3.2-1b__nomic", (0.9048, 0.9048, 0.3810)),
        )
        for metric, mean in zip(("g_eval", "faithfulness", "relevancy"), means, strict=True)
    ),
]

REFUSES = [
    Refuses(
        "lm_eval/masakhaner_list_metric",
        "`f1` is a corpus metric: its entries are pairs of gold and prediction, not scores per item"
        " (metrics found: f1)",
    ),
    Refuses(
        "lm_eval/aggregate_0.3_pythia-410m-deduped_step143000.json", "only averages (22 tasks)"
    ),
    Refuses("lm_eval/aggregate_0.2_arc_challenge-v2.0-res.json", "with `--log_samples`"),
    Refuses(
        "lm_eval/gsm8k_strict_only/results_2025-09-09T13-31-53.431753.json", "only averages (1 task"
    ),
    Refuses(
        "inspect_ai/2025-02-11T15-17-00-05-00_popularity_unscored.eval",
        "10 samples without scores; expected scores of single items. Run `inspect score`",
    ),
    Refuses(
        "inspect_ai/2025-05-12T20-28-13-04-00_no-samples.json",
        "header only: accuracy 0.667 of 3 samples, none in the file",
    ),
    Refuses("inspect_ai/log_tool_call_error.json", "1 sample, no score"),
    Refuses("inspect_ai/data_cvebench_empty_choices.json", "it ended in an error"),
    *(
        Refuses(f"{folder}/{name}.json", says)
        for folder in (MMLU, NARRATIVE)
        for name, says in (
            ("stats", "averages of a HELM run"),
            ("run_spec", "no scores"),
            ("scenario", "no scores"),
            ("scenario_state", "no scores"),
        )
    ),
    Refuses("evalplus/samples.jsonl", "completions without results; expected"),
    Refuses("evalplus/samples.jsonl", "Run `evalplus.evaluate`"),
    Refuses(f"bigcodebench/{BIG}_pass_at_k.json", "one average (pass@1 0.2027)"),
    Refuses(
        "humaneval/samples_2_2_0.3_transformerscodegen-16B-mono.jsonl",
        "completions without results",
    ),
    Refuses(
        "alpaca_eval/weighted_alpaca_eval_gpt4_turbo_leaderboard.csv",
        "a leaderboard: averages of 223 models",
    ),
    Refuses("mt_bench/model_answer_router.jsonl", "answers without judgments"),
    Refuses("swe_bench/check-harness.jsonl", "predictions, not yet evaluated"),
    Refuses("terminal_bench_harbor/2026-04-10__12-32-47/result.json", "averages of a job of 10"),
    Refuses("csv/judgments.csv", "5 rows an item", ReadOptions(item=("prompt_id",))),
    Refuses("csv/rag_judge_scores/bm25__gemma3-1b__mxbai.csv", "no ids"),
    Refuses("csv/rag_judge_scores/bm25__gemma3-1b__mxbai.csv", "say --item row"),
    Refuses("csv/rag_judge_scores/bm25__deepseek-r1-1.5b__mxbai_summary.csv", "averages"),
    Refuses("csv/evaluations_header_only.csv", "no rows"),
    Refuses("lighteval/SmolLM2-1.7B-Instruct-results-vllm.json", "a Git LFS pointer, not the file"),
    Refuses(
        "lighteval/details_gsm8k_test|0_2025-11-05T14-43-47.148527.parquet", "Run `git lfs pull`"
    ),
    Refuses(".", "expected results of one tool"),
]


@pytest.fixture(scope="module")
def logs() -> Path:
    return shared_data("logs")


@pytest.mark.parametrize("case", READS, ids=lambda case: f"{case.path}-{case.metric}")
def test_a_log_is_read_as_it_is(logs: Path, case: Reads) -> None:
    start = time.process_time()
    reading = read(logs / case.path, case.options)
    assert time.process_time() - start < 1
    assert len(reading.items) == case.items
    assert reading.metric == case.metric
    means = dict(zip(reading.models, reading.matrix.mean_M, strict=True))
    assert means == pytest.approx(case.means, abs=5e-5)
    assert (reading.scale.low, reading.scale.high) == case.scale
    assert case.note in "\n".join((*reading.notes, *reading.choices))
    if case.scores is not None:
        assert reading.to_dict()["scores"] == case.scores


def test_subjects_of_py_irt_keep_their_long_names_of_items(logs: Path) -> None:
    reading = read(logs / "py_irt" / "minitest.amortized.jsonlines")
    assert reading.matrix.shape == (8, 40)
    assert reading.matrix.mean_M.tolist() == [0.75, 0.65, 0.525, 0.25, 0.475, 0.675, 0.725, 0.7]
    assert "Simplistic fluff-ball of whimsy." in reading.items


@pytest.mark.parametrize("case", REFUSES, ids=lambda case: f"{case.path}-{case.says[:20]}")
def test_a_log_without_scores_is_refused_by_name(logs: Path, case: Refuses) -> None:
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        read(logs / case.path, case.options)
    assert time.process_time() - start < 1
    assert case.says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_file_of_the_collection_is_in_a_table(logs: Path) -> None:
    listed = {logs / case.path for case in (*READS, *REFUSES)} - {logs}
    files = [file for file in logs.rglob("*") if file.is_file() and file.name != "README.md"]
    more = {logs / "py_irt" / "minitest.amortized.jsonlines"}
    left = [f for f in files if f not in more and not any(f == t or t in f.parents for t in listed)]
    assert [f.name for f in left] == []


def test_no_real_file_brings_an_internal_error_to_a_command(logs: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    rows = [f"m{m},{n},{(m * n) % 2}" for m in range(6) for n in range(12)]
    history.write_text("\n".join(["model,item,score", *rows]))
    for path in logs.rglob("*"):
        if not path.is_file():
            continue
        file = str(path)
        for arguments in (
            ["summary", file, "--json"],
            ["predict", str(history), "--observed", file, "--method", "random_sampling"],
            ["rank", file],
            ["items", file],
            ["plan", file],
        ):
            result = CliRunner().invoke(eval_predict.cli.app, arguments)
            assert result.exit_code in (0, 2), (file, arguments, result.output)
            assert "internal error" not in result.output
