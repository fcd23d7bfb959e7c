"""Which models of a table share an ancestor, so that they can stand for rounds of self-training."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix

# Of a name that holds several, the family that comes first counts: a merge goes by its base model.
FAMILIES: dict[str, tuple[str, ...]] = {
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
_SPREAD = 0.05  # between a family's weakest and best: less would be no gain at all
_OWN_ROUND = re.compile(r"^(?P<run>.*?)/?round-(?P<number>\d+)$")


def family_of(name: str) -> str | None:
    """The family whose base model the name tells, None where it tells none.

    The provider, before the slash, says nothing of the base model.
    """
    model = name.lower().rpartition("/")[2]
    for family, parts in FAMILIES.items():
        if any(part in model for part in parts):
            return family
    return None


class Sequence(NamedTuple):
    """Positions (R,) of the models that stand for rounds, the base first, and their family."""

    models_R: NDArray[np.intp]
    family: str | None


def round_sequences(
    matrix: ScoreMatrix, seed: int, repeats: int, rising: bool = True
) -> list[Sequence]:
    """Which models of a table stand for rounds of self-training.

    The rounds of a run stay in their order, `repeats` times. Else, of each family with enough
    models, `repeats` random choices of 5 to 7, the weakest first. A model that is there twice
    (`name#2`) or was not run on all items takes no part.

    Args:
        matrix: a table of models, or a run's rounds.
        seed: of the choices.
        repeats: choices a family.
        rising: whether the others follow by mean score, or in random order.
    """
    own = _own_rounds(matrix)
    if own:
        return own * repeats
    rng = np.random.default_rng(seed)
    whole_M = np.asarray(~matrix.missing_MN.any(axis=1))
    members: dict[str, dict[str, int]] = {}
    for position, name in enumerate(matrix.models):
        family = family_of(name)
        if family and whole_M[position]:
            members.setdefault(family, {}).setdefault(name.partition("#")[0], position)
    sequences = []
    for family in FAMILIES:
        own_m = np.array(list(members.get(family, {}).values()), dtype=np.intp)
        if own_m.size <= ROUNDS[0] or np.ptp(matrix.mean_M[own_m]) < _SPREAD:
            continue
        for _ in range(repeats):
            size = min(int(rng.integers(ROUNDS[0], ROUNDS[1] + 1)) + 1, own_m.size)
            chosen_r = rng.choice(own_m, size=size, replace=False)
            in_order_r = chosen_r[np.argsort(matrix.mean_M[chosen_r], kind="stable")]
            if not rising:
                in_order_r[1:] = rng.permutation(in_order_r[1:])
            sequences.append(Sequence(in_order_r, family))
    return sequences


def strangers(matrix: ScoreMatrix, family: str) -> ScoreMatrix | None:
    """The models that are of another family, or of none; None where there are none."""
    other_M = np.array([family_of(name) != family for name in matrix.models])
    return matrix.take_models(other_M) if other_M.any() else None


def _own_rounds(matrix: ScoreMatrix) -> list[Sequence]:
    found = [_OWN_ROUND.match(name) for name in matrix.models]
    if not all(found):
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
