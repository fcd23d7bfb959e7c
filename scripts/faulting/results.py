"""Rounds that come to nothing: the last good one stays the result."""

import shutil

from faulting.bench import DEMO, Bench, one_line, require


def exploding(bench: Bench) -> None:
    """A learning rate with which weights become infinite or NaN: the round is refused."""
    run = bench.fresh("exploding")
    ended = bench.run(run, "train.learning_rate=1e38", "train.epochs=4")
    one_line(ended, 2, "an adapter that is not finite", "Lower train.learning_rate")
    require(not (run / "round-1" / "adapter").exists(), "an adapter that is NaN was kept")


def zeros(bench: Bench) -> None:
    """A training that moves nothing: the round is refused."""
    run = bench.fresh("zeros")
    ended = bench.run(run, "train.learning_rate=1e-46")
    one_line(ended, 2, "an adapter that is all zero", "Raise train.learning_rate")
    require(not (run / "round-1" / "adapter").exists(), "an adapter of zeros was kept")


def nothing_kept(bench: Bench) -> None:
    """No candidate is kept: why, and where to look."""
    run = bench.fresh("nothing-kept")
    one_line(bench.run(run, "sample.max_tokens=2"), 2, "no candidate kept of 96 (truncated 96)")


def collapsed(bench: Bench) -> None:
    """A model that answers noise: its round is refused, and the base model stays the result."""
    from safetensors.torch import load_file, save_file

    broken = bench.folder / "collapsed"
    shutil.copytree(DEMO / "model", broken, dirs_exist_ok=True)
    weights = load_file(str(broken / "model.safetensors"))
    weights["model.norm.weight"].zero_()  # all next tokens become equally likely
    save_file(weights, str(broken / "model.safetensors"), metadata={"format": "pt"})
    run = bench.fresh("collapsed-run")
    ended = bench.run(run, f"model.name={broken}")
    one_line(ended, 2)  # no candidate is kept, or training moves nothing
    require(not (run / "round-1" / "adapter").exists(), "an adapter of noise was kept")
