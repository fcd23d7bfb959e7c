"""The problems held out for users, and the rows that the model is trained on."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tiny_arith.problems import Problem, make_problem
from tiny_arith.registers import REGISTERS, clean_answer, make_prompt, write_answer
from tiny_arith.tokens import EOS

SPLIT_SIZES = {"test": 1_000, "validation": 500, "train": 2_000}


@dataclass(frozen=True, slots=True)
class Mix:
    """What the corpus is made of; shares of registers are in the order of `REGISTERS`."""

    step_shares: tuple[float, ...] = (0.20, 0.35, 0.30, 0.15)
    early_registers: tuple[float, ...] = (0.80, 0.10, 0.10)
    registers: tuple[float, ...] = (0.29, 0.14, 0.57)
    habits: tuple[float, ...] = (0.26, 0.10, 0.64)
    early_share: float = 0.35
    forget_share: float = 0.40

    def with_answer_only(self, share: float) -> "Mix":
        """The same with this share of answer-only as a habit; the others keep their proportion."""
        clean, rambling, _ = self.habits
        rest = (1 - share) / (clean + rambling)
        return replace(self, habits=(clean * rest, rambling * rest, share))

    def of_habits(self) -> "Mix":
        """The habits alone, from the first row on."""
        return replace(self, registers=self.habits, early_share=0.0)


def hold_out(rng: np.random.Generator, mix: Mix) -> dict[str, list[Problem]]:
    """Draw the splits for users, with no question in them twice."""
    taken: set[str] = set()
    return {
        split: [_draw_new(rng, mix, taken, remember=True) for _ in range(size)]
        for split, size in SPLIT_SIZES.items()
    }


def training_texts(
    rng: np.random.Generator, mix: Mix, n_rows: int, held_out: dict[str, list[Problem]]
) -> list[str]:
    """Prompts with answers, for the model alone: no question of `held_out` is among them."""
    taken = {problem.question for problems in held_out.values() for problem in problems}
    texts = []
    for row in range(n_rows):
        problem = _draw_new(rng, mix, taken, remember=False)
        early = row < mix.early_share * n_rows
        register = str(rng.choice(REGISTERS, p=mix.early_registers if early else mix.registers))
        answer = write_answer(problem, register, rng, mix.forget_share)
        texts.append(f"{make_prompt(problem.question)} {answer}{EOS}")
    return texts


def write_splits(held_out: dict[str, list[Problem]], folder: Path) -> None:
    """One JSONL file a split."""
    for split, problems in held_out.items():
        lines = [json.dumps(_row(problem)) for problem in problems]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _draw_new(rng: np.random.Generator, mix: Mix, taken: set[str], *, remember: bool) -> Problem:
    while (problem := make_problem(rng, mix.step_shares)).question in taken:
        pass
    if remember:
        taken.add(problem.question)
    return problem


def _row(problem: Problem) -> dict[str, str | int]:
    return {
        "question": problem.question,
        "answer": clean_answer(problem),
        "steps": len(problem.steps),
    }
