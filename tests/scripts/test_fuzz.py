"""Damaged inputs of every reader are read or refused in one line; nothing else may come of them.

A few examples each, always the same. `IWSI_FUZZ_EXAMPLES=5000` tries so many new ones, and
`scripts/fuzz.py` goes on for as long as it is given.
"""

import json
import os
import tempfile
from pathlib import Path
from random import Random

import pytest
from fuzzing.campaign import fuzz, try_once
from fuzzing.mutations import grown, mutate
from fuzzing.targets import TARGETS, Target
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe

LONG = os.environ.get("IWSI_FUZZ_EXAMPLES")
profile = settings(
    max_examples=int(LONG or 12),
    derandomize=LONG is None,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n == "weigh" else n for n in TARGETS],
)
@profile
@given(rng=st.randoms(use_true_random=False))
def test_a_damaged_input_is_read_or_refused_in_one_line(name, rng):
    with tempfile.TemporaryDirectory() as folder:
        try_once(TARGETS[name], rng, Path(folder))


@pytest.mark.parametrize("name", TARGETS)
def test_every_sound_input_is_read_or_refused_by_its_reader(tmp_path, name):
    if name == "weigh":
        pytest.skip("loads a model; the test of damaged inputs, which is slow, reads them too")
    target = TARGETS[name]
    read = 0
    for number, seed in enumerate(target.seeds()[:12]):
        path = tmp_path / seed.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seed.data)
        try:
            target.read(path, Random(number))  # it may choose options that do not fit
        except UserError:
            continue
        read += 1
    assert read > 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@profile
@given(
    section=st.sampled_from(["task", "model", "sample", "filter", "train", "gate"]), value=values
)
def test_any_value_of_any_section_is_a_recipe_or_one_line(section, value):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        text = json.dumps({"task": {"name": "t"}, section: value}, allow_nan=True)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        with pytest.raises(UserError) as caught:
            load_recipe(path)
        assert "\n" not in str(caught.value)


@given(st.randoms(use_true_random=False), st.binary(max_size=200))
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_mutations_take_any_bytes_and_stay_below_a_megabyte(rng, data):
    assert len(mutate(rng, data)) <= 1 << 20
    assert len(grown(rng, data)) <= 1 << 20


def test_a_fault_is_kept_once_with_its_file(tmp_path):
    calls = []

    def fails(path, rng):
        calls.append(path)
        if len(calls) > 60:  # once the sound files were read
            raise KeyError("by hand")

    target = Target("answer", TARGETS["answer"].seeds, fails)
    found = fuzz(target, 2.0, 0, tmp_path / "kept")
    [name] = found.faults
    assert name.startswith("KeyError at test_fuzz.py:")
    assert found.tried > 1
    [kept] = found.faults.values()
    assert list(Path(kept).iterdir())
