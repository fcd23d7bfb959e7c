"""Made-up files in the shapes that tools write: field names from their code, values by hand."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

DATE = "2026-02-03T04-05-06.123456"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


class Shape(NamedTuple):
    """A file, and its right reading: the models' means, or what the refusal says."""

    name: str
    content: Any
    means: dict[str, float] = {}  # noqa: RUF012 (never changed)
    items: int = 0
    says: str = ""
    metric: str = ""


def write(folder: Path, shape: Shape) -> Path:
    """Write a shape under its name: text as it is, lists of lines as JSONL, the rest as JSON."""
    file = folder / shape.name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = shape.content
    if callable(content):
        content(file)
    elif isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    elif file.suffix in (".jsonl", ".jsonlines"):
        file.write_text("".join(json.dumps(line) + "\n" for line in content), encoding="utf-8")
    else:
        file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return file


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


def inspect_sample(name: Any, epoch: int = 1, **scores: Any) -> dict[str, Any]:
    """One sample as inspect_ai logs it."""
    return {
        "id": name,
        "epoch": epoch,
        "input": f"q{name}",
        "target": "1",
        "scores": {scorer: {"value": value} for scorer, value in scores.items()},
    }


def inspect_log(samples: list[Any], **more: Any) -> dict[str, Any]:
    """A whole log of inspect_ai as JSON."""
    about = {
        "eval_id": "e1",
        "run_id": "r1",
        "created": "2026-02-03T04:05:06+00:00",
        "task": "arith",
        "model": "org/m",
        "config": {"epochs": 1, "epochs_reducer": ["mean"]},
    }
    results = {"total_samples": len(samples), "scores": [{"name": "match"}]}
    log = {"version": 2, "status": "success", "eval": about, "results": results}
    return {**log, "samples": samples, **more}


def eval_archive(log: dict[str, Any]) -> Callable[[Path], None]:
    """Writes a log as `.eval`."""

    def write_zip(file: Path) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            header = {key: value for key, value in log.items() if key != "samples"}
            archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": log["eval"]}))
            for sample in log["samples"]:
                name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
                archive.writestr(name, json.dumps(sample))
            archive.writestr("header.json", json.dumps(header))

    return write_zip


def table(rows: list[dict[str, Any]]) -> Callable[[Path], None]:
    """Writes rows as Parquet."""
    return lambda file: parquet.write_table(pa.Table.from_pylist(rows), file)


def helm(instance: str, split: str, perturbation: Any = None, **stats: float) -> dict[str, Any]:
    """The statistics of one instance as HELM writes them."""
    named = {"num_prompt_tokens": 100.0, "inference_runtime": 2.0, **stats}
    return {
        "instance_id": instance,
        "train_trial_index": 0,
        **({"perturbation": perturbation} if perturbation else {}),
        "stats": [
            {"name": {"name": name, "split": split}, "count": 1, "sum": value, "mean": value}
            for name, value in named.items()
        ],
    }


def trial(task: str, reward: float | None, number: int = 1) -> dict[str, Any]:
    """One trial's `result.json` as Harbor writes it."""
    return {
        "task_name": task,
        "trial_name": f"{task}__{number}",
        "agent_info": {"name": "agent", "model_info": {"name": "org/m", "provider": "p"}},
        "verifier_result": None if reward is None else {"rewards": {"reward": reward}},
        "exception_info": None,
    }


def judgment(question: int, model: str, score: float, turn: int = 1) -> dict[str, Any]:
    """One verdict on a single answer as FastChat writes it."""
    judge = ["gpt-4", "single-v1" if turn == 1 else "single-v1-multi-turn"]
    text = "$ERROR$" if score < 0 else f"[[{score}]]"
    return {
        "question_id": question,
        "model": model,
        "judge": judge,
        "judgment": text,
        "score": score,
        "turn": turn,
    }


def pair(question: int, first: str, second: str) -> dict[str, Any]:
    """One verdict on two answers, each shown first once."""
    return {
        "question_id": question,
        "model_1": "a",
        "model_2": "b",
        "g1_winner": first,
        "g2_winner": second,
        "judge": ["gpt-4", "pair-v2"],
        "turn": 1,
    }


def case(name: str, **scores: Any) -> dict[str, Any]:
    """One test case as DeepEval writes it."""
    metrics = [
        {"name": metric, "score": score, "threshold": 0.5, "success": bool(score)}
        for metric, score in scores.items()
    ]
    return {"name": name, "input": "q", "success": all(scores.values()), "metricsData": metrics}


def promptfoo(test: int, provider: str, score: float, **more: Any) -> dict[str, Any]:
    """One result as promptfoo writes it."""
    return {
        "provider": {"id": f"openai:{provider}", "label": provider},
        "prompt": {"raw": f"ask {test}", "label": "{{q}}"},
        "testIdx": test,
        "success": score >= 0.5,
        "score": score,
        "gradingResult": {"pass": score >= 0.5, "score": score},
        "namedScores": {},
        **more,
    }


def workbook(file: Path) -> None:
    """The parts of a workbook by which it is known."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")


SHAPES = [
    # lm-evaluation-harness
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
    Shape(
        "results_a.json",
        {"results": {"arc": {"acc,none": 0.25}}, "config": {}, "versions": {"arc": 1}},
        says="only averages (1 task)",
    ),
    # inspect_ai
    Shape(
        "run.eval",
        eval_archive(
            inspect_log(
                [
                    inspect_sample("a", 1, match="C"),
                    inspect_sample("a", 2, match="I"),
                    inspect_sample("b", 1, match="P"),
                    inspect_sample("c", 1, match="N"),
                ]
            )
        ),
        {"org/m": 1 / 3},
        3,
    ),
    Shape(
        "graded.json",
        inspect_log([inspect_sample(1, match={"style": 4, "facts": 2}), inspect_sample(2)]),
        {"org/m": 4.0},
        2,
        metric="match/style",
    ),
    Shape(
        "words.json",
        inspect_log([inspect_sample(1, tone="polite", match=True)]),
        {"org/m": 1.0},
        1,
        metric="match",
    ),
    Shape("only_words.json", inspect_log([inspect_sample(1, tone="rude")]), says="no numbers"),
    Shape("unscored.json", inspect_log([inspect_sample(1)]), says="Run `inspect score`"),
    Shape("header.json", inspect_log([]), says="header only"),
    Shape(
        "failed.json",
        inspect_log([{**inspect_sample(1), "error": {"message": "boom"}}]),
        says="it ended in an error",
    ),
    # HELM
    Shape(
        "mmlu:model=openai_gpt2/per_instance_stats.json",
        [
            helm("id1", "test", exact_match=1.0),
            helm("id2", "test", exact_match=0.0),
            helm("id2", "test", {"name": "typos"}, exact_match=1.0),
        ],
        {"openai/gpt2": 0.5},
        2,
        metric="exact_match",
    ),
    Shape(
        "stats.json",
        [{"name": {"name": "exact_match", "split": "test"}, "sum_squared": 1, "mean": 0.5}],
        says="averages of a HELM run",
    ),
    # lighteval and the Open LLM Leaderboard
    Shape(
        "details/org/m/2026-02-03T04-05-06.1/details_lighteval|gsm8k|5_2026-02-03T04-05-06.1.parquet",
        table([{"doc": {"query": "q", "id": str(n)}, "metric": {"em": n}} for n in (0, 1)]),
        {"org/m": 0.5},
        2,
        metric="em",
    ),
    Shape(
        "details_m/details_harness|arc_2023-08-01T10:11:12.1.parquet",
        table(
            [
                {"example": f"q{n}", "full_prompt": "p", "metrics": {"acc": n, "acc_norm": 1.0}}
                for n in (0, 1, 1, 1)
            ]
        ),
        {"m": 0.75},
        4,
        metric="acc",
    ),
    Shape(
        "leaderboard/old.parquet",
        table([{"full_prompt": "p", "acc": 0.0, "acc_norm": 1.0} for _ in range(2)]),
        {"leaderboard": 0.0},
        2,
        metric="acc",
    ),
    Shape("details.parquet", LFS, says="Run `git lfs pull`"),
    Shape(
        "lighteval_results.json",
        {"config_general": {"model_name": "m"}, "results": {"all": {"em": 0.5}}},
        says="only averages",
    ),
    # code
    Shape(
        "org--m_vllm_temp_0.2_eval_results.json",
        {
            "eval": {
                "HumanEval/0": [
                    {"base_status": "pass", "plus_status": "pass"},
                    {"base_status": "pass", "plus_status": "fail"},
                ],
                "HumanEval/1": [{"base_status": "fail", "plus_status": "pass"}],
            }
        },
        {"org/m": 0.25},
        2,
        metric="plus",
    ),
    Shape(
        "old_eval_results.json",
        {
            "eval": {
                "HumanEval/0": {"nfiles": 1, "base": [["success", [1, 1]]], "plus": None},
                "HumanEval/1": {"nfiles": 1, "base": [["failed", [1, 0]]], "plus": None},
            }
        },
        {"old": 0.5},
        2,
        metric="base",
    ),
    Shape(
        "org--m--main--bigcodebench-instruct--vllm-0-1-sanitized_calibrated_eval_results.json",
        {
            "date": "d",
            "eval": {
                "BigCodeBench/1": [{"status": "pass", "details": {}}],
                "BigCodeBench/2": [{"status": "timeout", "details": {}}],
            },
        },
        {"org/m": 0.5},
        2,
    ),
    Shape("pass_at_k.json", {"pass@1": 0.25, "model": "m", "failed_tasks": []}, says="one average"),
    Shape(
        "O1/Scenario.codegeneration_2_0.2_eval_all.json",
        [
            {"question_id": "a", "code_list": ["", ""], "graded_list": [True, False]},
            {"question_id": "b", "code_list": ["", ""], "graded_list": [False, False]},
        ],
        {"O1": 0.25},
        2,
    ),
    Shape(
        "O1/Scenario.codegeneration_2_0.2_eval.json",
        [{"pass@1": 0.5, "detail": {"pass@1": {"0": 1.0, "1": 0.0}}}, {"0": [[True]]}, []],
        {"O1": 0.5},
        2,
    ),
    Shape(
        "O1/Scenario.codegeneration_1_0.2.json",
        [{"question_id": "a", "output_list": ["x"], "code_list": ["x"]}],
        says="completions without results",
    ),
    Shape(
        "samples.jsonl_results.jsonl",
        [
            {"task_id": f"HumanEval/{n}", "completion": "", "result": "", "passed": passed}
            for n, passed in ((0, True), (0, False), (1, False))
        ],
        {"samples": 0.25},
        2,
    ),
    Shape(
        "samples.jsonl",
        [{"task_id": "HumanEval/0", "completion": "  return 1"}],
        says="Run `evaluate_functional_correctness`",
    ),
    Shape(
        "m-py/HumanEval_0.results.json",
        {
            "name": "HumanEval_0",
            "language": "py",
            "prompt": "",
            "results": [{"status": "OK"}, {"status": "Exception"}],
        },
        {"m-py": 0.5},
        1,
    ),
    # agents
    Shape(
        "org__m-1.5.run_1.json",
        {
            "total_instances": 5,
            "completed_ids": ["a", "b"],
            "resolved_ids": ["a"],
            "unresolved_ids": ["b"],
            "error_ids": ["c"],
            "empty_patch_ids": ["d"],
            "incomplete_ids": ["e"],
            "submitted_ids": ["a", "b", "c", "d"],
            "schema_version": 2,
        },
        {"org/m-1.5": 0.25},
        4,
    ),
    Shape(
        "m/results.json",
        {
            "no_generation": [["a"]],
            "generated": [["b", "c"], ["d"]],
            "applied": ["b", "c"],
            "resolved": [["b"]],
        },
        {"results": 0.25},
        4,
    ),
    Shape("n/results.json", {"no_generation": [], "resolved": ["a"]}, says="1 resolved instances"),
    Shape(
        "org__m/astropy-1/report.json",
        {"astropy-1": {"patch_is_None": False, "resolved": True, "tests_status": {}}},
        {"org/m": 1.0},
        1,
    ),
    Shape(
        "counts.json",
        {"total_instances": 300, "resolved_instances": 30},
        says="counts (30 of 300 resolved)",
    ),
    Shape(
        "preds.jsonl",
        [{"instance_id": "a", "model_name_or_path": "m", "model_patch": "diff"}],
        says="predictions, not yet evaluated",
    ),
    Shape("trial/result.json", trial("fix", 1.0), {"org/m": 1.0}, 1),
    Shape("cut/result.json", trial("fix", None), {"org/m": 0.0}, 1),
    Shape("job/result.json", {"n_total_trials": 3, "stats": {}}, says="averages of a job of 3"),
    Shape(
        "tb/results.json",
        {
            "results": [
                {"task_id": "a", "trial_name": "a.1", "is_resolved": True},
                {"task_id": "b", "trial_name": "b.1", "is_resolved": None},
            ],
            "accuracy": 0.5,
        },
        {"results": 0.5},
        2,
    ),
    Shape(
        "tool-calling-gpt-4o-0.0_range_0--1_user-gpt-4o-llm_0101.json",
        [
            {"task_id": 0, "trial": number, "reward": reward, "info": {}, "traj": []}
            for number, reward in enumerate((1.0, 0.0, 0.0, 0.0))
        ],
        {"gpt-4o": 0.25},
        1,
    ),
    Shape(
        "tau2.json",
        {
            "info": {"agent_info": {"llm": "org/m"}},
            "tasks": [],
            "simulations": [
                {"task_id": "0", "trial": 0, "reward_info": {"reward": 1.0}},
                {"task_id": "1", "trial": 0, "reward_info": None},
            ],
        },
        {"org/m": 1.0},
        2,
    ),
    Shape(
        "env_results_trial_3.json",
        [
            {"name": f"env_{n}", "memory": [], "is_success": right}
            for n, right in enumerate((True, False))
        ],
        {"env_results_trial_3": 0.5},
        2,
    ),
    Shape(
        "humaneval-py._reflexion_2_org-m_pass_at_k_1_py.jsonl",
        [{"name": "HumanEval_1", "prompt": "", "solution": "", "is_solved": True}],
        {"org-m": 1.0},
        1,
    ),
    # judges
    Shape(
        "annotations.json",
        [
            {"instruction": f"i{n}", "generator_1": "base", "generator_2": "m", "preference": value}
            for n, value in enumerate((1, 2, 0, 1.5, 1.9, None))
        ],
        {"m": 0.58},
        6,
    ),
    Shape(
        "model_outputs.json",
        [{"instruction": "i", "output": "o", "generator": "m"}],
        says="outputs without annotations",
    ),
    Shape(
        "leaderboard.csv",
        ",win_rate,standard_error,n_total\nm,50.5,1.2,805\nn,40.1,1.2,805\n",
        says="a leaderboard: averages of 2 models",
    ),
    Shape(
        "gpt-4_single.jsonl",
        [
            judgment(81, "m", -1),
            judgment(81, "m", 8),
            judgment(82, "m", -1),
            judgment(81, "m", 4, turn=2),
        ],
        {"m": 6.0},
        3,
    ),
    Shape(
        "gpt-4_pair.jsonl",
        [pair(1, "model_1", "model_1"), pair(2, "model_1", "tie"), pair(3, "error", "tie")],
        {"a": 0.75, "b": 0.25},
        3,
    ),
    Shape(
        "answers.jsonl",
        [{"question_id": 81, "model_id": "m", "choices": [{"turns": ["a"]}]}],
        says="answers without judgments",
    ),
    Shape(
        "m.json",
        [
            {"session_id": "a", "model_test": "org/m", "score": "7"},
            {"session_id": "b", "model_test": "org/m", "score": "N/A"},
        ],
        {"org/m": 7.0},
        2,
    ),
    Shape(
        "pairs/m.json",
        [
            {"session_id": n, "model_A": "m", "model_B": "r", "winner": who, "extent": extent}
            for n, (who, extent) in enumerate((("m", 2), ("r", 1), ("tie", 0), ("m", 1)))
        ],
        {"m": 0.25},
        4,
    ),
    Shape(
        "promptfoo.json",
        {
            "evalId": "e",
            "results": {
                "version": 3,
                "results": [
                    promptfoo(1, "b", 1.0),
                    promptfoo(0, "a", 0.25),
                    promptfoo(1, "a", 0.75),
                    promptfoo(0, "b", 0, failureReason=2, error="timeout"),
                ],
            },
        },
        {"a": 0.5, "b": 1.0},
        2,
    ),
    Shape(
        "promptfoo.csv",
        "q,[openai:a] {{q}},[openai:b] {{q}}\n1,[PASS] (1.00) yes,[FAIL] (0.50) no\n"
        "2,[FAIL] (0.00) no,[ERROR] timeout\n",
        {"openai:a": 0.5, "openai:b": 0.5},
        2,
    ),
    Shape(  # ragas: a row a question, a column a metric
        "ragas.csv",
        "user_input,retrieved_contexts,response,reference,faithfulness,answer_relevancy\n"
        "who,['c'],He,Him,1.0,0.5\nwhat,['c'],It,It,0.5,\n",
        {"ragas": 0.75},
        2,
        metric="faithfulness",
    ),
    Shape(  # LangSmith: what a call cost is no score, and an error has none
        "langsmith.csv",
        "id,inputs,outputs,status,error,latency,correctness\n"
        "a1,x,y,success,,1.2,1\na2,x,y,success,,0.4,0\na3,x,y,error,boom,0.2,\n",
        {"langsmith": 0.5},
        3,
        metric="correctness",
    ),
    Shape(  # Langfuse: a row a score
        "langfuse.csv",
        "id,traceId,name,value,dataType,source\ns1,t1,helpful,0.5,NUMERIC,EVAL\n"
        "s2,t1,toxic,0,BOOLEAN,EVAL\ns3,t2,helpful,1,NUMERIC,EVAL\n",
        {"langfuse": 0.75},
        2,
        metric="helpful",
    ),
    Shape(  # MLflow and W&B: a table in JSON
        "eval_results_table.json",
        {
            "columns": ["request", "outputs", "exact_match/v1/score", "latency"],
            "data": [["a", "b", 1, 0.1], ["c", "d", 0, 0.2]],
        },
        {"eval_results_table": 0.5},
        2,
        metric="exact_match/v1/score",
    ),
    Shape(  # LiveBench
        "ground_truth_judgment.jsonl",
        [
            {"question_id": f"q{n}", "task": "t", "model": "m", "score": n % 2, "turn": 1}
            for n in range(4)
        ],
        {"m": 0.5},
        4,
    ),
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
    Shape(  # the columns are metrics, whose values are no models'
        "metrics.csv",
        "chunk,faithfulness,answer_relevancy\nc1,1,0.5\nc2,0,0.25\n",
        says="say --item",
    ),
    Shape(  # a test that was run twice has two numbers
        "promptfoo_repeat.jsonl",
        [
            promptfoo(0, "a", 1.0, vars={"q": "x", "__repeatIndex": 0}),
            promptfoo(1, "a", 0.0, vars={"q": "x", "__repeatIndex": 1}),
            promptfoo(2, "a", 1.0, vars={"q": "y", "__repeatIndex": 0}),
            promptfoo(3, "a", 0, vars={"q": "z"}, error="No output", failureReason=0),
        ],
        {"a": 0.5},
        3,
    ),
    Shape(  # columns for verdict and score, as since 2025
        "promptfoo_columns.csv",
        "q,[a] ask,Status,Score,Named Scores,Grader Reason,Comment"
        ",[b] ask,Status,Score,Named Scores,Metric: tone,Grader Reason,Comment\n"
        "1,yes,PASS,1.00,,ok,,no,FAIL,0.25,,0.50,bad,\n"
        "2,no,FAIL,0.00,,bad,,,ERROR,0.00,,,,\n"
        "1,yes,FAIL,0.50,,ok,,no,PASS,0.75,,0.50,ok,\n",
        {"a": 0.375, "b": 0.5},
        2,
    ),
    Shape(
        "promptfoo_sheet.csv",
        'q,[a] ask\n1,"[PASS] (1.00, tone: 0.50)\n\nyes"\n2,"[FAIL] (0.25, tone: 0.50)\n\nno"\n',
        {"a": 0.625},
        2,
    ),
    Shape(
        ".latest_test_run.json",
        {"testRunData": {"testCases": [case("t0", Fit=0.5, Tone=1.0), case("t1", Fit=1.0)]}},
        {"latest_test_run": 0.75},
        2,
        metric="Fit",
    ),
    Shape(".deepeval-cache.json", {"test_cases_lookup_map": {"{}": {}}}, says="DeepEval's cache"),
    Shape(
        "events.jsonl",
        [
            {"spec": {"completion_fns": ["gpt"], "eval_name": "arith.dev"}},
            *(
                {
                    "run_id": "r",
                    "event_id": n,
                    "sample_id": f"arith.{n}",
                    "type": "match",
                    "data": {"correct": n == 0, "expected": "1", "picked": "1"},
                }
                for n in range(2)
            ),
            {"final_report": {"accuracy": 0.5}},
        ],
        {"gpt": 0.5},
        2,
    ),
    Shape(
        "eval_results_strict.jsonl",
        [
            {
                "prompt": f"p{n}",
                "follow_all_instructions": n == 0,
                "follow_instruction_list": [True],
            }
            for n in range(4)
        ],
        {"eval_results_strict": 0.25},
        4,
    ),
    Shape(
        "m/gsm8k.json",
        {
            "accuracy": 50.0,
            "details": {
                "type": "GEN",
                "0": {"predictions": "1", "references": "1", "correct": True},
                "1": {"predictions": "1", "references": "2", "correct": [False]},
            },
        },
        {"m": 0.5},
        2,
    ),
    Shape("m/mmlu.json", {"accuracy": 51.5}, says="averages of a dataset"),
    Shape(
        "m/preds.json",
        {"0": {"origin_prompt": "q", "prediction": "a", "gold": "b"}},
        says="predictions without scores",
    ),
    # matrices and tables
    Shape(
        "subjects.jsonlines",
        [
            {"subject_id": "a", "responses": {"q1": 1, "q2": 0}},
            {"subject_id": "b", "responses": {"q1": 1}},
        ],
        {"a": 0.5, "b": 1.0},
        2,
    ),
    Shape("wide.csv", "question,a,b\nq1,True,C\nq2,False,\n", {"a": 0.5, "b": 1.0}, 2),
    Shape("wide.tsv", "model\tq1\tq2\tq3\nm\t1\t0\t\nn\t1\t1\t1\n", {"m": 0.5, "n": 1.0}, 3),
    Shape(
        "runs.csv",
        "model,item,run,score\nm,q1,0,1\nm,q1,1,0\nm,q2,0,1\nm,q2,1,1\n",
        {"m": 0.75},
        2,
    ),
    Shape(
        "words.csv", "model,item,score\nm,q1,C\nm,q2,I\nm,q3,\nn,q1,true\n", {"m": 0.5, "n": 1.0}, 3
    ),
    Shape(
        "judged.csv",
        "judge,prompt_id,slot,author,correct\n"
        + "".join(
            f"{judge},{prompt},{slot},{author},{int(author == 'x')}\n"
            for judge in ("j", "k")
            for prompt in ("p1", "p2")
            for slot, author in enumerate(("x", "y") if judge == "j" else ("y", "x"))
        ),
        {"j": 0.5, "k": 0.5},
        4,
        metric="correct",
    ),
    Shape("repeats.csv", "model,item,correct\nm,q1,1\nm,q1,0\n", says="2 rows an item"),
    Shape("nameless.csv", "f1,bleu\n0.5,0.25\n1,0.5\n", says="say --item row"),
    Shape("averages.csv", "metric,average,std\nf1,0.5,0.1\n", says="averages, one row a metric"),
    Shape(
        "board.csv", "model,mmlu,gsm8k\nm,60.5,40.1\nn,61.2,41.0\n", says="a leaderboard: averages"
    ),
    Shape(
        "names.csv",
        "name,win_rate,avg_length,link\nm,50.5,1200,\nn,40.1,1300,\n",
        says="a leaderboard: averages of 2 models",
    ),
    Shape("mixed.csv", "question,a,length\nq1,1,1200\nq2,0,800\n", says="on one scale"),
    Shape("summed.csv", "question,a,b,mean\nq1,1,0,0.5\nq2,1,1,1\n", {"a": 1.0, "b": 0.5}, 2),
    Shape(
        "nested.json",
        {"m": {"q1": 1, "q2": 0, "q3": 1}, "n": {"q1": True}},
        {"m": 2 / 3, "n": 1.0},
        3,
    ),
    Shape(
        "averages.json",
        {"m": {"mmlu": 60.5, "gsm8k": 40.1}, "n": {"mmlu": 61.5}},
        says="a leaderboard",
    ),
    Shape(
        "wrapped.json",
        {
            "model": "org/m",
            "date": "today",
            "results": [
                {"question_id": n, "correct": n == 0, "choices": ["a"], "answer": "a"}
                for n in (0, 1)
            ],
        },
        {"org/m": 0.5},
        2,
    ),
    Shape("percent.csv", "model,question,score\nm,q1,85%\nm,q2,15%\n", {"m": 0.5}, 2),
    Shape("comma.csv", "id;model;score\n1;m;0,5\n2;m;1,0\n", {"m": 0.75}, 2),
    Shape(
        "frame.csv",
        "sample_id,model,score_match,score_f1\n1,m,C,0.5\n2,m,I,0.5\n",
        {"m": 0.5},
        2,
        metric="score_match",
    ),
    Shape("values.csv", "metric,value\naccuracy,0.5\nf1,0.25\n", says="averages, one row a metric"),
    Shape("means.csv", "model,accuracy\nm,0.5\nn,0.25\n", says="averages of 2 models (accuracy)"),
    Shape("empty.csv", "model,item,score\n", says="no rows"),
    # files that are none of these
    Shape("empty.json", "", says="an empty file"),
    Shape("note.txt", "Dear reader, this is a letter.", says="text that is no table"),
    Shape("cut.jsonl", '{"doc_id": 0, "resps": [], "acc": 1}\n{"doc_id": 1, "re', says="line 2"),
    Shape("other.json", {"weights": [1, 2], "bias": 0.5}, says="a JSON object with weights, bias"),
    Shape("deep.json", "[" * 100_000, says="nested too deeply"),
    Shape("model.pkl", b"\x80\x04\x95\x00\x00\x00", says="a binary file"),
    Shape("bad.parquet", b"PAR1" + b"\x00" * 20, says="expected a Parquet file"),
    Shape("bad.eval", b"PK\x03\x04" + b"\x00" * 40, says="a binary file"),
    Shape("reprs.json", {"results": ["Result(id=1, score=1.0)"]}, says="Python reprs"),
    Shape("numbers.json", [1, 2, 3], says="without records"),
]
