"""The gate's decisions, read from a run directory."""

import json
from pathlib import Path

from iwsi.evaluation.gate import Decision
from iwsi.rounds.layout import RoundFiles


def read_decision(root: Path, number: int) -> Decision:
    """The gate's decision after a round; its gate stage is done."""
    text = (root / RoundFiles.of(number).gate).read_text(encoding="utf-8")
    return Decision.from_dict(json.loads(text))
