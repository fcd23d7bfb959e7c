"""The density ratio of audited votes, where the filter ranks by it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.errors import UserError
from iwsi import records
from iwsi.audit.votes import representatives
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.tasks.sample_text import Samples

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The labelled rows, their candidates, and the adapter that sampled."""

    validation: str
    labelled_samples: str
    adapter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a labelled row with a majority (records.LABELLED_SHIFTS)."""

    labelled_shifts: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.scoring.weigher import weigher_of

    candidates = context.read(inputs.labelled_samples, records.CANDIDATES.names)
    table = records.LABELLED_SHIFTS.empty_table()
    if candidates.num_rows:
        ids, voted, first = representatives(candidates, context.recipe)
        names = [ids[row] for row in voted.tolist()]
        labelled = context.read(inputs.validation)
        adapter = context.path(inputs.adapter) if inputs.adapter else None
        weigher = weigher_of(context.recipe, adapter)
        context.started()
        groups = [Samples.of(labelled, "completion"), Samples.of(first)]
        validation_VD, votes_ND = weigher.hidden(groups, context.progress)
        weigher.close()
        ratio_N = ratios_without_own_row(
            votes_ND, names, validation_VD, labelled["question_id"].to_pylist(), context.rng()
        )
        columns = {"question_id": names, "density": pa.array(ratio_N, from_pandas=True)}
        table = pa.table(columns, schema=records.LABELLED_SHIFTS)
    write_table(context.path(outputs.labelled_shifts), table)
    return {"rows": table.num_rows}


def ratios_without_own_row(
    votes_ND: NDArray[np.float32],
    vote_ids: list[str],
    validation_VD: NDArray[np.float32],
    validation_ids: list[str],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The log density ratio of N votes, each against labelled rows without its own.

    In a round no weighed question is among the labelled rows either; a vote beside its own worked
    answer would look like one wherever it is right.

    Returns:
        Shape (N,); NaN throughout where there are too few rows to compare with.
    """
    from iwsi.scoring.hidden import log_density_ratio

    fold_N = rng.permutation(len(vote_ids)) % FOLDS
    ratio_N = np.full(len(vote_ids), np.nan)
    seed = int(rng.integers(2**31))
    for fold in range(FOLDS):
        judged_N = fold_N == fold
        held_out = {name for name, judged in zip(vote_ids, judged_N, strict=True) if judged}
        others_V = np.array([name not in held_out for name in validation_ids], bool)
        if not judged_N.any():
            continue
        try:
            found_N = log_density_ratio(votes_ND, validation_VD[others_V], seed)
        except UserError:  # too few rows, which the audit says of all its scores
            return np.full(len(vote_ids), np.nan)
        # Folds have classifiers of their own, whose ratios share no constant.
        ratio_N[judged_N] = found_N[judged_N] - np.median(found_N)
    return ratio_N


KIND = Kind(
    name="audit_shift",
    stream=21,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        "task.answer",
        "sample.method",
        "filter.tie",
        "filter.min_votes",
    ),
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        validation=layout.VALIDATION,
        labelled_samples=files.labelled_samples,
        adapter=adapter_of(recipe, number - 1),
    )
    return Stage(KIND, number, inputs, Outputs(labelled_shifts=files.labelled_shifts))
