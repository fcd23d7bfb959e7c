"""How many samples a training took."""

from typing import NamedTuple


class SampleCounts(NamedTuple):
    """Samples that were trained on, and those that were longer than the model takes."""

    trained: int
    too_long: int
