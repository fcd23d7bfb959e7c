"""Make the tiny arithmetic model, its tokenizer, its data and its card, from nothing."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tiny_arith.card import Facts, write_card
from tiny_arith.corpus import Mix, hold_out, training_texts, write_splits
from tiny_arith.measuring import Measurement, complete, measure, measure_vote
from tiny_arith.problems import Problem
from tiny_arith.registers import make_prompt
from tiny_arith.tokens import train_tokenizer
from tiny_arith.training import Size, TrainingPlan, make_model, train
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 512
POSITIONS = 512
TOKENIZER_ROWS = 20_000
VOTE_QUESTIONS = 300
VOTE_SAMPLES = 15
TEMPERATURES = (1.0, 1.1)
THREADS = 1
HABIT_STEPS = 600
HABIT_RATE = 1e-3


def main() -> None:
    """Read the command line and make everything, or give a model another habit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="seed of data, weights and sampling")
    parser.add_argument("--steps", type=int, help=f"of training (default {TrainingPlan().steps})")
    parser.add_argument(
        "--answer-only",
        type=float,
        default=Mix().registers[-1],
        help="late share of answers without a step (default %(default)s)",
    )
    parser.add_argument("--hidden", type=int, default=Size().hidden, help="default %(default)s")
    parser.add_argument("--layers", type=int, default=Size().layers, help="default %(default)s")
    parser.add_argument(
        "--habit-of",
        type=Path,
        metavar="MODEL",
        help=f"train this one on with {HABIT_STEPS} steps of the late mix, and write it alone",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("recipes/tiny_arith"), help="folder (default %(default)s)"
    )
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(given.seed)
    mix = Mix().with_answer_only(given.answer_only)
    if given.habit_of:
        steps = given.steps or HABIT_STEPS
        change_habit(given.habit_of, mix, steps, given.seed, given.out)
    else:
        plan = TrainingPlan(steps=given.steps or TrainingPlan().steps)
        make(given.seed, mix, Size(given.hidden, given.layers), plan, given.out)


def make(seed: int, mix: Mix, size: Size, plan: TrainingPlan, out: Path) -> None:
    """Write the data, the model and the card to `out`."""
    data_rng, row_rng, order_rng = (np.random.default_rng([seed, stage]) for stage in range(3))
    folder = out / "model"
    folder.mkdir(parents=True, exist_ok=True)

    held_out = hold_out(data_rng, mix)
    write_splits(held_out, out)
    texts = training_texts(row_rng, mix, plan.steps * plan.batch_size, held_out)
    tokenizer = train_tokenizer(texts[:TOKENIZER_ROWS], VOCABULARY, POSITIONS)
    rows = tokenizer(texts)["input_ids"]
    print(f"{len(rows)} rows, {sum(map(len, rows))} tokens", flush=True)
    model = make_model(len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id, size)
    record = train(model, rows, plan, tokenizer.pad_token_id, order_rng)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

    test = held_out["test"]
    facts = Facts(
        seed=seed,
        parameters=model.num_parameters(),
        vocabulary=len(tokenizer),
        mix=mix,
        size=size,
        plan=plan,
        record=record,
        greedy=_measure_greedy(model, tokenizer, test),
        votes=[
            measure_vote(model, tokenizer, test[:VOTE_QUESTIONS], temperature=t, n=VOTE_SAMPLES)
            for t in TEMPERATURES
        ],
    )
    (folder / "README.md").write_text(write_card(facts), encoding="utf-8")
    print(f"greedy {facts.greedy.overall}")
    for vote in facts.votes:
        print(f"majority of {vote.n} at temperature {vote.temperature:g}: {vote.overall}")


def change_habit(start: Path, mix: Mix, steps: int, seed: int, out: Path) -> None:
    """Train a model of this script on with the mix's late shares, and write it to `out`."""
    tokenizer = AutoTokenizer.from_pretrained(start)
    model = LlamaForCausalLM.from_pretrained(start, dtype=torch.float32)
    held_out = hold_out(np.random.default_rng([seed, 0]), mix)
    late = replace(mix, early_share=0.0)
    plan = TrainingPlan(steps=steps, learning_rate=HABIT_RATE)
    row_rng, order_rng = (np.random.default_rng([seed, stage]) for stage in (3, 4))
    texts = training_texts(row_rng, late, plan.steps * plan.batch_size, held_out)
    train(model, tokenizer(texts)["input_ids"], plan, tokenizer.pad_token_id, order_rng)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def _measure_greedy(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, problems: list[Problem]
) -> Measurement:
    prompts = [make_prompt(problem.question) for problem in problems]
    return measure(problems, complete(model, tokenizer, prompts, temperature=0, n=1))


if __name__ == "__main__":
    main()
