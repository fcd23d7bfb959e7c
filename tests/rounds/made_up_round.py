"""A round with made-up candidates, for stages that run in this process without a model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from iwsi import records
from iwsi.files import write_json, write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Session
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.plan import plan
from iwsi.sample.engine import Candidate


@dataclass
class MadeUpEngine:
    """An engine whose texts a function of the prompt gives; keeps what it was asked."""

    say: Callable[[str], str]
    prompts: list[str] = field(default_factory=list)
    decodings: list[Any] = field(default_factory=list)
    name: str = "transformers"

    def generate(self, prompts, decoding):
        self.decodings.append(decoding)
        for prompt in prompts:
            self.prompts.append(prompt.text)
            text = self.say(prompt.text)
            yield prompt.question_id, [Candidate(text, "stop", 3, -1.5)] * decoding.n


def run_stage(root: Path, recipe: Recipe, name: str, engine: MadeUpEngine | None = None) -> Any:
    """Run one stage of the plan with an engine in place of one that loads a model."""
    engines = {} if engine is None else {None: engine}
    session = Session(root, recipe, lambda done, total: None, engines)
    stage = next(stage for stage in plan(recipe) if stage.name == name)
    return stage.run(session, "digest")


def write_data(root: Path, **splits: list[dict[str, Any]]) -> None:
    """Rows of the splits, as `prepare` writes them; prompts are of ten tokens at most."""
    schemas = {
        "train": (layout.TRAIN, records.QUESTIONS),
        "validation": (layout.VALIDATION, records.VALIDATION),
        "test": (layout.TEST, records.TEST),
    }
    for split, rows in splits.items():
        path, schema = schemas[split]
        write_table(root / path, pa.Table.from_pylist(rows, schema=schema))
    write_json(root / layout.LENGTHS, dict.fromkeys(("train", "validation", "test"), 10))


def write_candidates(
    root: Path, texts: list[tuple[str, str]], agrees: list[bool] | None = None
) -> None:
    """Candidates of round 1 as pairs of prompt and text, and votes that say which agree."""
    rows, votes, counts = [], [], {}
    for prompt, text in texts:
        number = counts[prompt] = counts.get(prompt, -1) + 1
        key = {"question_id": prompt, "candidate_id": number}
        rows.append(key | {"prompt": prompt, "text": text, "finish_reason": "stop"})
        rows[-1] |= {"num_tokens": 4, "logprob": -2.0}
        votes.append(key | {"agrees": True, "reason": None})
    for vote, agree in zip(votes, agrees or [True] * len(votes), strict=True):
        vote |= {"agrees": agree, "reason": None if agree else "minority_answer"}
    files = RoundFiles.of(1)
    shard = pa.Table.from_pylist(rows, schema=records.CANDIDATES)
    write_table(root / files.samples / "00000.parquet", shard)
    write_table(root / files.votes, pa.Table.from_pylist(votes, schema=records.VOTES))
