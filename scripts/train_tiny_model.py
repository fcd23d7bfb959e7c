"""Make the tiny arithmetic model, its tokenizer, its data and its card, from nothing."""

import argparse
from pathlib import Path

import numpy as np
import torch
from tiny_arith.card import Facts, write_card
from tiny_arith.corpus import Mix, hold_out, training_texts, write_splits
from tiny_arith.measuring import Measurement, complete, measure, measure_vote
from tiny_arith.problems import Problem
from tiny_arith.registers import make_prompt
from tiny_arith.tokens import train_tokenizer
from tiny_arith.training import Size, TrainingPlan, TrainingRecord, make_model, train
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 512
POSITIONS = 512
MINUTES = "about 12 minutes on 2 CPU cores, and 3 more to measure the model"
TOKENIZER_ROWS = 20_000
VOTE_QUESTIONS = 300
VOTE_SAMPLES = 15
TEMPERATURES = (1.0, 1.1)
THREADS = 2
HABITS = TrainingPlan(steps=600, learning_rate=1e-3)


def main() -> None:
    """Read the command line and make everything, or give a model another habit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="seed of data, weights and sampling")
    parser.add_argument(
        "--steps", type=int, default=TrainingPlan().steps, help="before the habits (%(default)s)"
    )
    parser.add_argument(
        "--answer-only",
        type=float,
        default=Mix().habits[-1],
        help="share of answers without a step in the habits (%(default)s)",
    )
    parser.add_argument("--hidden", type=int, default=Size().hidden, help="default %(default)s")
    parser.add_argument("--layers", type=int, default=Size().layers, help="default %(default)s")
    parser.add_argument(
        "--habits-of",
        type=Path,
        metavar="MODEL",
        help="give the habits to this model of the script's, and write the model alone to --out",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("recipes/tiny_arith"), help="folder (default %(default)s)"
    )
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(given.seed)
    mix = Mix().with_answer_only(given.answer_only)
    if given.habits_of:
        tokenizer = AutoTokenizer.from_pretrained(given.habits_of)
        model = LlamaForCausalLM.from_pretrained(given.habits_of, dtype=torch.float32)
        held_out = hold_out(np.random.default_rng([given.seed, 0]), mix)
        give_habits(model, tokenizer, mix, held_out, given.seed)
        model.save_pretrained(given.out)
        tokenizer.save_pretrained(given.out)
    else:
        size, plan = Size(given.hidden, given.layers), TrainingPlan(steps=given.steps)
        make(given.seed, mix, size, plan, given.out)


def make(seed: int, mix: Mix, size: Size, plan: TrainingPlan, out: Path) -> None:
    """Write the data, the model and the card to `out`."""
    data_rng, row_rng, order_rng = (np.random.default_rng([seed, stage]) for stage in range(3))
    folder = out / "model"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Training takes {MINUTES}, with the usual {TrainingPlan().steps} steps.", flush=True)

    held_out = hold_out(data_rng, mix)
    write_splits(held_out, out)
    texts = training_texts(row_rng, mix, plan.steps * plan.batch_size, held_out)
    tokenizer = train_tokenizer(texts[:TOKENIZER_ROWS], VOCABULARY, POSITIONS)
    rows = tokenizer(texts)["input_ids"]
    print(f"{len(rows)} rows, {sum(map(len, rows))} tokens", flush=True)
    model = make_model(len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id, size)
    record = train(model, rows, plan, tokenizer.pad_token_id, order_rng)
    habits = give_habits(model, tokenizer, mix, held_out, seed)
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
        habit_plan=HABITS,
        habits=habits,
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


def give_habits(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    mix: Mix,
    held_out: dict[str, list[Problem]],
    seed: int,
) -> TrainingRecord:
    """Train on with the shares of registers that the model is to prefer."""
    row_rng, order_rng = (np.random.default_rng([seed, stage]) for stage in (3, 4))
    texts = training_texts(row_rng, mix.of_habits(), HABITS.steps * HABITS.batch_size, held_out)
    return train(model, tokenizer(texts)["input_ids"], HABITS, tokenizer.pad_token_id, order_rng)


def _measure_greedy(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, problems: list[Problem]
) -> Measurement:
    prompts = [make_prompt(problem.question) for problem in problems]
    return measure(problems, complete(model, tokenizer, prompts, temperature=0, n=1))


if __name__ == "__main__":
    main()
