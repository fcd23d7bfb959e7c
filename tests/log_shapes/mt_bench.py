"""Files in the shapes that FastChat (MT-bench) writes."""

from typing import Any

from log_shapes.shape import Shape


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


SHAPES = [
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
]
