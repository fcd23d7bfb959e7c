"""Every path of a run directory, written once; all are relative to it."""

from dataclasses import dataclass
from typing import Self

from iwsi.recipe import Recipe

RECIPE = "recipe.yaml"
LEDGER = "ledger.json"
SUMMARY = "summary.json"
SCORES = "scores.parquet"
LOGS = "logs"
LOCK = ".lock"
WORKER_LOCK = ".worker.lock"  # held by the one worker that may write

TRAIN, VALIDATION, TEST = (f"data/{split}.parquet" for split in ("train", "validation", "test"))
WARM_START = "data/warm_start.parquet"  # labelled rows that validation does not hold
TRAIN_GOLD = "data/train_gold.parquet"
HISTORY, TARGET = "data/history.parquet", "data/target.parquet"
LENGTHS = "data/lengths.json"
EVALUATIONS = "evaluations"  # lm-evaluation-harness's logs, by task and model
START = "start"  # the folder of the base model's own results, where round 0 is a warm start


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFiles:
    """The files of one round; folders are samples, answers and the adapter."""

    folder: str
    samples: str
    votes: str
    losses: str
    validation_losses: str
    ratings: str
    rating_replies: str
    rewards: str
    shifts: str
    selection: str
    funnel: str
    pairs: str
    pair_funnel: str
    labelled_samples: str  # of the rows that are audited
    labelled_losses: str
    labelled_rewards: str
    labelled_ratings: str
    labelled_rating_replies: str
    labelled_shifts: str
    audit: str
    diversity: str
    adapter: str
    results: str  # of the full test
    answers: str
    gate: str

    @classmethod
    def of(cls, number: int) -> Self:
        """The files of a round; round 0 is the model that the rounds start from."""
        return cls.at(f"round-{number}")

    @classmethod
    def start(cls) -> Self:
        """The base model's files in a run whose round 0 is a warm start."""
        return cls.at(START)

    @classmethod
    def at(cls, folder: str) -> Self:
        """The files in a folder."""
        return cls(
            folder=folder,
            samples=f"{folder}/samples",
            votes=f"{folder}/votes.parquet",
            losses=f"{folder}/losses.parquet",
            validation_losses=f"{folder}/validation_losses.parquet",
            ratings=f"{folder}/ratings.parquet",
            rating_replies=f"{folder}/rating_replies",
            rewards=f"{folder}/rewards.parquet",
            shifts=f"{folder}/shifts.parquet",
            selection=f"{folder}/selection.parquet",
            funnel=f"{folder}/funnel.json",
            pairs=f"{folder}/pairs.parquet",
            pair_funnel=f"{folder}/pair_funnel.json",
            labelled_samples=f"{folder}/labelled_samples",
            labelled_losses=f"{folder}/labelled_losses.parquet",
            labelled_rewards=f"{folder}/labelled_rewards.parquet",
            labelled_ratings=f"{folder}/labelled_ratings.parquet",
            labelled_rating_replies=f"{folder}/labelled_rating_replies",
            labelled_shifts=f"{folder}/labelled_shifts.parquet",
            audit=f"{folder}/audit.json",
            diversity=f"{folder}/diversity.json",
            adapter=f"{folder}/adapter",
            results=f"{folder}/test.parquet",
            answers=f"{folder}/answers",
            gate=f"{folder}/gate.json",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFiles:
    """The files of a forecast: the items that were run, the report, and the texts by batch."""

    results: str
    report: str
    answers: str

    @classmethod
    def of(cls, folder: str) -> Self:
        """The files in a folder: a round's own, or one of `forecasts/`."""
        return cls(
            results=f"{folder}/forecast.parquet",
            report=f"{folder}/forecast.json",
            answers=f"{folder}/forecast_answers",
        )


def forecast_folder(number: int, name: str) -> str:
    """Where `iwsi forecast` keeps what it computes for a round."""
    return f"forecasts/round-{number}-{name}"


def forecast_history(folder: str) -> str:
    """Other models' scores that `iwsi forecast` was given for this folder."""
    return f"{folder}/history.parquet"


def adapter_of(recipe: Recipe, number: int) -> str | None:
    """The adapter with which a round's model is used; None: the base model as it is."""
    return RoundFiles.of(number).adapter if number or recipe.warm_start else None


def log_of(stage: str) -> str:
    """The log of the worker process whose first stage this is."""
    return f"{LOGS}/{stage.replace('/', '-')}.log"
