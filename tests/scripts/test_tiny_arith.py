"""The script that makes the model that ships: its data, its registers, its determinism."""

import json
from collections import Counter

import numpy as np
import pytest
from conftest import MODEL
from tiny_arith.corpus import Mix, hold_out, training_texts, write_splits
from tiny_arith.registers import answer_of, make_prompt, register_of, write_answer

from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.tasks.answers import extract_answer

SPLITS = ("train", "validation", "test")
SEED = 0  # of the model that ships


@pytest.fixture(scope="module")
def held_out():
    return hold_out(np.random.default_rng([SEED, 0]), Mix())


def _rows(split):
    return [json.loads(line) for line in (MODEL.parent / f"{split}.jsonl").open()]


def test_the_data_that_ships_is_what_the_script_makes(held_out, tmp_path):
    write_splits(held_out, tmp_path)
    for split in SPLITS:
        name = f"{split}.jsonl"
        assert (tmp_path / name).read_text() == (MODEL.parent / name).read_text()


def test_no_question_is_in_two_splits_or_among_the_models_own_rows(held_out):
    questions = [row["question"] for split in SPLITS for row in _rows(split)]
    assert len(questions) == len(set(questions)) == 3500
    texts = training_texts(np.random.default_rng([SEED, 1]), Mix(), 5000, held_out)
    seen = {text.removeprefix("Question: ").partition("\nAnswer:")[0] for text in texts}
    assert not seen & set(questions)


@pytest.mark.parametrize("split", SPLITS)
def test_rationales_are_clean_and_end_in_their_answer(split):
    for row in _rows(split):
        assert register_of(row["answer"]) == "clean"
        assert extract_answer(row["answer"], "number") == str(answer_of(row["answer"]))
        assert row["answer"].count("=") == row["steps"]


def test_a_mix_keeps_the_proportion_of_what_shows_its_steps():
    mix = Mix().with_answer_only(0.4)
    clean, rambling, answer_only = mix.habits
    assert sum(mix.habits) == pytest.approx(1)
    assert answer_only == 0.4
    assert clean / rambling == pytest.approx(Mix().habits[0] / Mix().habits[1])
    assert mix.registers == Mix().registers
    assert Mix().with_answer_only(Mix().habits[-1]) == Mix()


def test_the_habits_are_those_of_all_rows_in_their_own_phase(held_out):
    mix = Mix().with_answer_only(1.0).of_habits()
    texts = training_texts(np.random.default_rng(0), mix, 50, held_out)
    answers = [text.partition("\nAnswer:")[2].removesuffix("</s>") for text in texts]
    assert {register_of(answer) for answer in answers} == {"answer-only"}


@pytest.mark.parametrize("register", ["clean", "rambling", "answer-only"])
def test_a_register_follows_from_its_text(held_out, register):
    rng = np.random.default_rng(1)
    recognised = Counter(
        register_of(write_answer(problem, register, rng, 0.4)) for problem in held_out["test"]
    )
    assert recognised == {register: 1000}


def test_only_the_rambling_register_is_ever_wrong(held_out):
    rng = np.random.default_rng(1)
    wrong = {
        register: np.mean(
            [
                answer_of(write_answer(problem, register, rng, 0.4)) != problem.answer
                for problem in held_out["test"]
            ]
        )
        for register in ("clean", "rambling", "answer-only")
    }
    assert wrong["clean"] == wrong["answer-only"] == 0
    assert 0.35 < wrong["rambling"] < 0.45  # 40%, give or take three standard errors of 1,000


def test_the_tokenizer_gives_digits_one_token_each_and_loses_nothing():
    tokenizer = load_tokenizer(Model(name=str(MODEL)))
    assert len(tokenizer("1234567890", add_special_tokens=False)["input_ids"]) == 10
    for text in ("12 + 7 = 19.", "Zoë’s  naïve\n\ttext: 你好 🙂", "</s"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    prompt, answer = make_prompt("How many?"), " 1 + 1 = 2. The answer is 2."
    parts = [tokenizer(part)["input_ids"] for part in (prompt, answer)]
    assert sum(parts, []) == tokenizer(prompt + answer)["input_ids"]  # noqa: RUF017  # two lists


def test_training_is_the_same_for_the_same_seed(held_out):
    import torch
    from tiny_arith.training import TrainingPlan, make_model, train

    tokenizer = load_tokenizer(Model(name=str(MODEL)))
    texts = training_texts(np.random.default_rng([SEED, 1]), Mix(), 256, held_out)
    rows = tokenizer(texts)["input_ids"]

    def weights():
        torch.manual_seed(SEED)
        model = make_model(len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id)
        plan = TrainingPlan(steps=4, warmup_steps=1)
        record = train(model, rows, plan, tokenizer.pad_token_id, np.random.default_rng([SEED, 2]))
        return record.final_loss, {k: v.clone() for k, v in model.state_dict().items()}

    (first_loss, first), (second_loss, second) = weights(), weights()
    assert first_loss == second_loss
    assert all(torch.equal(first[name], second[name]) for name in first)
