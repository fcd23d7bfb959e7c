"""Sequences of models of one base model, which represent rounds of self-training."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix

# The first match counts: a merge is assigned to its base model.
BASE_MODELS: dict[str, tuple[str, ...]] = {
    "llama-3": ("llama-3", "llama3", "tulu-3", "smaug-llama"),
    "qwen2.5": ("qwen2.5", "qwq", "distill-qwen"),
    "qwen2": ("qwen2",),
    "qwen1.5": ("qwen1.5",),
    "yi": ("yi-",),
    "gemma": ("gemma",),
    "phi": ("phi-", "phixtral"),
    "mistral": ("mistral", "mixtral", "zephyr-7b", "openhermes-2", "ministral"),
    "llama-2": ("llama-2", "llama2", "tinyllama", "vicuna"),
    "granite": ("granite",),
    "falcon": ("falcon",),
    "smollm": ("smollm",),
    "olmo": ("olmo",),
    "gpt": ("gpt", "pythia", "dolly"),
}
ROUNDS = (4, 6)  # after the base
_SPREAD = 0.05  # between the weakest and the best model, at least
_START = "start"  # a run's model before its warm start, which is no round
_RUN_ROUND = re.compile(r"^(?P<run>.*?)/?round-(?P<number>\d+)$")


def base_model_of(name: str) -> str | None:
    """The base model that a model's name states, or None.

    The provider, before the slash, is ignored.
    """
    model = name.lower().rpartition("/")[2]
    for base_model, parts in BASE_MODELS.items():
        if any(part in model for part in parts):
            return base_model
    return None


class Sequence(NamedTuple):
    """Positions (R,) of the models that represent rounds, the base first, and their base model."""

    models_R: NDArray[np.intp]
    base_model: str | None


def round_sequences(
    matrix: ScoreMatrix, seed: int, repeats: int, rising: bool = True
) -> list[Sequence]:
    """Which models of a table represent rounds of self-training.

    The rounds of a run stay in their order, `repeats` times. Else, of each base model with enough
    models, `repeats` random choices of 5 to 7, the weakest first. A model that is there twice
    (`name#2`) or was not run on all items is left out.

    Args:
        matrix: a table of models, or a run's rounds.
        seed: of the choices.
        repeats: choices a base model.
        rising: whether the others follow by mean score, or in random order.
    """
    runs = _run_rounds(matrix)
    if runs:
        return runs * repeats
    rng = np.random.default_rng(seed)
    whole_M = np.asarray(~matrix.missing_MN.any(axis=1))
    members: dict[str, dict[str, int]] = {}
    for position, name in enumerate(matrix.models):
        base_model = base_model_of(name)
        if base_model and whole_M[position]:
            members.setdefault(base_model, {}).setdefault(name.partition("#")[0], position)
    sequences = []
    for base_model in BASE_MODELS:
        member_m = np.array(list(members.get(base_model, {}).values()), dtype=np.intp)
        if member_m.size <= ROUNDS[0] or np.ptp(matrix.mean_M[member_m]) < _SPREAD:
            continue
        for _ in range(repeats):
            size = min(int(rng.integers(ROUNDS[0], ROUNDS[1] + 1)) + 1, member_m.size)
            sampled_r = rng.choice(member_m, size=size, replace=False)
            in_order_r = sampled_r[np.argsort(matrix.mean_M[sampled_r], kind="stable")]
            if not rising:
                in_order_r[1:] = rng.permutation(in_order_r[1:])
            sequences.append(Sequence(in_order_r, base_model))
    return sequences


def unrelated_models(matrix: ScoreMatrix, base_model: str) -> ScoreMatrix | None:
    """The models of other base models or of none stated; None where there are none."""
    other_M = np.array([base_model_of(name) != base_model for name in matrix.models])
    return matrix.take_models(other_M) if other_M.any() else None


def _run_rounds(matrix: ScoreMatrix) -> list[Sequence]:
    found = [_RUN_ROUND.match(name) for name in matrix.models]
    starts = [name.rpartition("/")[2] == _START for name in matrix.models]
    if not all(match or start for match, start in zip(found, starts, strict=True)):
        return []
    runs: dict[str, list[tuple[int, int]]] = {}
    for position, match in enumerate(found):
        if match:
            runs.setdefault(match["run"], []).append((int(match["number"]), position))
    return [
        Sequence(np.array([position for _, position in sorted(rounds)], dtype=np.intp), None)
        for rounds in runs.values()
        if len(rounds) > 1
    ]
