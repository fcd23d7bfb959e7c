"""The study on a real model: every task and seed in a queue; docs/study.md says what came out.

First the model is trained on a few labelled rows (warm start). Then it votes on unlabelled
questions and on other labelled rows, and every score is kept beside whether the vote is right.
From there one round is trained for each filter. Each result is written as soon as it is there;
running it again goes on where it stopped.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from real_model import arms, steps
from real_model.light import LightModel
from real_model.tasks import PLANS, splits

ROUND_RATE = 2e-4


def main() -> None:
    """Read the command line and do what is not done yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", choices=list(PLANS), default=list(PLANS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--arms", nargs="*", choices=arms.ARMS, default=list(arms.ARMS))
    parser.add_argument("--data", type=Path, required=True, help="folder of TASK/train.jsonl …")
    parser.add_argument("--model", type=Path, default=Path("models/smollm2-135m-instruct"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    given = parser.parse_args()
    light = LightModel(given.model)
    for seed in given.seeds:
        for task in given.tasks:
            Study(light, task, seed, given.data, given.out / f"{task}-{seed}").run(given.arms)


class Study:
    """One task and seed."""

    def __init__(self, light: LightModel, task: str, seed: int, data: Path, out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._light, self._plan, self._seed, self._out = light, PLANS[task], seed, out
        drawn = splits(self._plan, data, seed)
        self._warm, self._audit, self._pool, self._test = (
            steps.Rows(light, rows) for rows in (drawn.warm, drawn.audit, drawn.pool, drawn.test)
        )

    def run(self, wanted: list[str]) -> None:
        """Do what has no result yet."""
        if all((self._out / f"round-{arm}.json").exists() for arm in wanted) and wanted:
            return
        self._warm_and_vote()
        self._judge_scores()
        for arm in wanted:
            self._round(arm)

    def _warm_and_vote(self) -> None:
        began = time.process_time()
        steps.warm_start(
            self._light, self._warm, self._plan.epochs, self._seed, self._out / "warm.safetensors"
        )
        for name, rows in (("audit", self._audit), ("pool", self._pool)):
            path = self._out / f"{name}.parquet"
            if not path.exists():
                table = steps.votes(self._plan, rows, self._seed)
                found = steps.losses(steps.voted_rows(self._light, table))
                for over, values in found.items():
                    table = table.append_column(f"nll_{over}", pa.array(values))
                if "nll_lowest" not in table.column_names:  # a label has one candidate
                    table = table.append_column("nll_lowest", table["nll_completion"])
                    table = table.append_column("nll_mean", table["nll_completion"])
                pq.write_table(table, path)
        if not (self._out / "warm.json").exists():
            rationales = steps.losses(self._audit)
            tested = steps.accuracy(self._plan, self._test)
            record = {
                "rationale_nll": {over: values.tolist() for over, values in rationales.items()},
                "test": tested.tolist(),
                "cpu_seconds": time.process_time() - began,
            }
            (self._out / "warm.json").write_text(json.dumps(record), encoding="utf-8")
            self._say("warm start", f"{tested.mean():.3f}", began)

    def _judge_scores(self) -> None:
        """Each score on the pool and on the labelled rows, and the fitted probability."""
        audited, scores, probability = self._scores()
        pool = self._table("pool")
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
        (self._out / "scores.json").write_text(json.dumps(report, indent=1), encoding="utf-8")

    def _round(self, arm: str) -> None:
        path = self._out / f"round-{arm}.json"
        if path.exists():
            return
        began = time.process_time()
        pool = self._table("pool")
        kept = arms.kept_by(arm, self._scores()[1], pool, self._plan.keep, self._seed)
        tested = self._result_of(kept.tolist())
        if tested is None:
            self._light.load(self._out / "warm.safetensors")
            rows = steps.voted_rows(self._light, pool.take(kept))
            everything = range(len(kept))
            steps.train(rows, everything, epochs=1, rate=ROUND_RATE, seed=self._seed)
            tested = steps.accuracy(self._plan, self._test).tolist()
        record = {
            "kept": len(kept),
            "rows": kept.tolist(),
            "precision": float(pool["right"].to_numpy()[kept].mean()),
            "test": tested,
        }
        path.write_text(json.dumps(record), encoding="utf-8")
        self._say(arm, f"{len(kept)} {record['precision']:.3f} {np.mean(tested):.3f}", began)

    def _result_of(self, rows: list[int]) -> list[float] | None:
        """The test of another filter that kept just these rows: its training is the same."""
        for path in sorted(self._out.glob("round-*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["rows"] == rows:
                tested: list[float] = record["test"]
                return tested
        return None

    def _scores(self) -> tuple[arms.AuditedVotes, dict[str, arms.FloatArray], arms.VoteProbability]:
        rationale_nll = json.loads((self._out / "warm.json").read_text())["rationale_nll"]
        audited = arms.audited_votes(self._table("audit"), rationale_nll)
        scores = arms.pool_scores(self._table("pool"), audited, rationale_nll)
        probability = arms.fitted(audited, self._seed)
        scores["probability"] = probability.predict(
            scores, self._table("pool")["answer"].to_pylist()
        )
        return audited, scores, probability

    def _table(self, name: str) -> pa.Table:
        return pq.read_table(self._out / f"{name}.parquet")

    def _say(self, step: str, result: str, began: float) -> None:
        seconds = time.process_time() - began
        now = time.strftime("%X")
        print(
            f"{now} {self._plan.name} {self._seed} {step}: {result} ({seconds:.0f} s)", flush=True
        )


if __name__ == "__main__":
    main()
