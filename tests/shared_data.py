"""Finds the collections of real files that lie beside a checkout, where there are any."""

import os
from pathlib import Path

import pytest


def shared_data(name: str) -> Path:
    """A folder of the collection; the test is skipped where it is missing."""
    given = os.environ.get("IWSI_SHARED_DATA")
    root = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if not (root / name).is_dir():
        pytest.skip(f"no folder {root / name}: the collection of real files is not here")
    return root / name
