"""The study on a real model, one task and seed at a time; docs/study.md says what came out.

First the model is trained on a few labelled rows (warm start). Then it votes on unlabelled
questions and on other labelled rows, and every score is kept beside whether the vote is right.
With --rounds one round is trained from there for each filter.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from real_model import arms, steps
from real_model.tasks import PLANS, Example, splits

WARM = {"learning_rate": 5e-4}
ROUND = {"epochs": 1, "learning_rate": 2e-4}


def main() -> None:
    """Read the command line and do what is not done yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=list(PLANS), required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True, help="folder of TASK/train.jsonl …")
    parser.add_argument("--model", type=Path, default=Path("models/smollm2-135m-instruct"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--rounds", action="store_true", help="train a round for each filter")
    given = parser.parse_args()
    out = given.out / f"{given.task}-{given.seed}"
    out.mkdir(parents=True, exist_ok=True)
    warm_and_vote(given.task, given.seed, given.data, given.model, out)
    judge_scores(given.task, given.seed, out)
    if given.rounds:
        one_round(given.task, given.seed, given.data, given.model, out)


def warm_and_vote(task: str, seed: int, data: Path, model: Path, out: Path) -> None:
    """Train on the warm rows, vote on the rest, test before and after; one file a result."""
    plan = PLANS[task]
    rows = splits(plan, data, seed)
    recipe = steps.recipe_of(model, epochs=plan.epochs, **WARM)
    seconds = {}
    began = time.monotonic()
    steps.train(recipe, rows.warm, out / "warm", None, seed)
    seconds["warm"] = time.monotonic() - began
    for name, examples in (("audit", rows.audit), ("pool", rows.pool)):
        began = time.monotonic()
        if not (out / f"{name}.parquet").exists():
            table = steps.votes(plan, recipe, out / "warm", examples, seed)
            pq.write_table(table, out / f"{name}.parquet")
        seconds[name] = time.monotonic() - began
    if not (out / "warm.json").exists():
        began = time.monotonic()
        losses = steps.rationale_losses(recipe, out / "warm", rows.audit)
        scores = steps.accuracy(plan, recipe, out / "warm", rows.test)
        seconds["test"] = time.monotonic() - began
        record = {
            "rationale_nll": {over: values.tolist() for over, values in losses.items()},
            "test": scores.tolist(),
            "seconds": seconds,
        }
        (out / "warm.json").write_text(json.dumps(record), encoding="utf-8")
    print(task, seed, {name: round(value) for name, value in seconds.items()}, flush=True)


def judge_scores(task: str, seed: int, out: Path) -> None:
    """Each score on the pool and on the labelled rows, and the fitted probability."""
    audit, pool = (pq.read_table(out / f"{name}.parquet") for name in ("audit", "pool"))
    rationale_nll = json.loads((out / "warm.json").read_text())["rationale_nll"]
    audited = arms.audited_votes(audit, rationale_nll)
    probability = arms.fitted(audited, seed)
    scores = arms.pool_scores(pool, audited, rationale_nll)
    scores["probability"] = probability.predict(scores)
    voted, right = pool["voted"].to_numpy(), pool["right"].to_numpy()
    report = {
        "vote_accuracy": float(right.mean()),
        "audit_vote_accuracy": float(audited.right_Q.mean()),
        "auto": probability.sentence,
        "pool": arms.judged({n: s[voted] for n, s in scores.items()}, right[voted]),
        "audit": arms.judged(
            {n: s[audited.voted_Q] for n, s in arms.vote_scores(audited).items()},
            audited.right_Q[audited.voted_Q],
        ),
    }
    (out / "scores.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


def one_round(task: str, seed: int, data: Path, model: Path, out: Path) -> None:
    """Train each filter's round from the warm start and test it."""
    plan = PLANS[task]
    rows = splits(plan, data, seed)
    audit, pool = (pq.read_table(out / f"{name}.parquet") for name in ("audit", "pool"))
    rationale_nll = json.loads((out / "warm.json").read_text())["rationale_nll"]
    audited = arms.audited_votes(audit, rationale_nll)
    scores = arms.pool_scores(pool, audited, rationale_nll)
    scores["probability"] = arms.fitted(audited, seed).predict(scores)
    recipe = steps.recipe_of(model, **ROUND)
    prompts, texts = pool["prompt"].to_pylist(), pool["completion"].to_pylist()
    for arm in arms.ARMS:
        if (out / f"round-{arm}.json").exists():
            continue
        kept = arms.kept_by(arm, scores, pool, plan.keep)
        same = same_as(kept.tolist(), out)
        if same is None:
            examples = [Example(prompts[i], texts[i], "") for i in kept]
            steps.train(recipe, examples, out / arm, out / "warm", seed)
            tested = steps.accuracy(plan, recipe, out / arm, rows.test).tolist()
        else:
            tested = same["test"]
        record = {
            "kept": len(kept),
            "rows": kept.tolist(),
            "precision": float(pool["right"].to_numpy()[kept].mean()),
            "test": tested,
        }
        (out / f"round-{arm}.json").write_text(json.dumps(record), encoding="utf-8")
        print(task, seed, arm, len(kept), record["precision"], np.mean(tested), flush=True)


def same_as(rows: list[int], out: Path) -> dict[str, list[float]] | None:
    """The result of another filter that kept just these rows: its training would be the same."""
    for path in sorted(out.glob("round-*.json")):
        record: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))
        if record.get("rows") == rows:
            return record
    return None


if __name__ == "__main__":
    main()
