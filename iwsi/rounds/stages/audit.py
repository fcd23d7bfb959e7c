"""Which score finds right votes on this task, by labelled rows; and what `auto` ranks by."""

from dataclasses import dataclass, replace

import numpy as np

from eval_predict.errors import UserError
from eval_predict.stats.estimate import mean_score
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.audit.report import AuditReport, audit, check_rows
from iwsi.audit.scores import AuditedVotes, vote_scores
from iwsi.audit.votes import audited_votes, question_index
from iwsi.files import write_json
from iwsi.filter.ballot import recipe_vote, vote_weights
from iwsi.filter.methods import method_of
from iwsi.filter.probability import VoteProbability, fit_probability, unfitted
from iwsi.recipe import Recipe
from iwsi.recipe.filter import FilterSection, ScoresLoss
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import Kind, Stage
from iwsi.tasks.answers import reader_of

# The score that each filter ranks by; those of the DS weight depend on what its loss is over.
RANKED_BY = {
    "entropy": "entropy",
    "vote_share": "vote_share",
    "confidence": "low_loss",
    "iwsi_one_sided": "ds_one_sided",
    "iwsi_right_answers": "ds_weight_right_answers",
    "grape": "low_loss",
    "self": "rating",
    "rm": "reward",
    "density": "density",
    "auto": "probability",
}
MOSTLY_RIGHT = 0.5  # below this share of right votes a run says so before it trains
# Those whose score is measured over the whole sequence or over the completion.
LOSS_SCORES = {
    "iwsi": "ds_weight",
    "iwsi_weighted": "ds_weight",
    "iwsi_length": "ds_weight_length",
    "conformal": "conformal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The labelled rows, their candidates and losses, and what else the filter measures of them."""

    validation: str
    labelled_samples: str
    labelled_losses: str
    measured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The report, the fitted probability, and the losses of the model's own right answers."""

    audit: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    votes = _votes(context, inputs)
    probability = _probability(votes, context.rng())
    ranking = ranked_by(context.recipe.filter)
    report, refused = _report(votes, probability, ranking, context.rng())
    counted = vote_audit(votes)
    losses = tuple(votes.nll_completion_Q[votes.right_Q].tolist())
    record = AuditRecord(counted, report, refused, probability, losses)
    write_json(context.path(outputs.audit), record.to_dict())
    warnings = list(report.warnings) if report else [f"The audit has no verdict: {refused}"]
    right = counted.accuracy
    if report is None and right is not None and right.value < MOSTLY_RIGHT:
        warnings.append(
            f"The vote is right on {right.value:.0%} of the {counted.voted} labelled rows with a "
            "majority: most of what a round would train on is wrong."
        )
    notes = [f"Audit of {report.rows} labelled rows: {report.sentence}"] if report else []
    if ranking == "probability":
        notes.append(probability.sentence)
    return {"warnings": [{"message": warning} for warning in warnings], "notes": notes}


def vote_audit(votes: AuditedVotes) -> VoteAudit:
    """How often the majority is the label, among rows that have a majority."""
    right_Q = votes.right_Q[votes.voted_Q].astype(float)
    accuracy = mean_score(right_Q) if len(right_Q) else None
    return VoteAudit(len(votes.gold), len(right_Q), accuracy)


def ranked_by(rule: FilterSection) -> str | None:
    """The audited score that a filter ranks by; None where it ranks by none of them."""
    if rule.method in LOSS_SCORES and isinstance(rule, ScoresLoss):
        return f"{LOSS_SCORES[rule.method]}_{rule.loss_over}"
    return RANKED_BY.get(rule.method)


def _votes(context: Context, inputs: Inputs) -> AuditedVotes:
    recipe = context.recipe
    candidates = context.read(inputs.labelled_samples)
    _, result = recipe_vote(candidates, recipe)
    labelled = context.read(inputs.validation)
    reader = reader_of(recipe.task.answer)
    # A rationale is a worked solution: it may end in its answer without a marker.
    gold = reader.extract_many(labelled["completion"].to_pylist())
    votes = audited_votes(
        candidates,
        result,
        vote_weights(candidates, result, recipe),
        dict(zip(labelled["question_id"].to_pylist(), map(str, gold), strict=True)),
        context.read(inputs.labelled_losses),
        reader.same,
    )
    ids, _ = question_index(candidates["question_id"].to_pylist())
    others = {}
    for path in inputs.measured:
        table = context.read(path)  # a question and its score, whose column says which it is
        score_of = dict(zip(*table.to_pydict().values(), strict=True))
        others[table.column_names[1]] = np.array([score_of.get(one) for one in ids], float)
    return replace(votes, others=others)


def _probability(votes: AuditedVotes, rng: np.random.Generator) -> VoteProbability:
    try:
        check_rows(votes)
    except UserError as error:
        return unfitted(f"{error.got}, from which no probability can be fitted")
    voted_Q = votes.voted_Q
    scores = {name: score_Q[voted_Q] for name, score_Q in vote_scores(votes).items()}
    answers = [answer for answer in votes.answer if answer is not None]
    return fit_probability(scores, votes.right_Q[voted_Q], rng, answers)


def _report(
    votes: AuditedVotes,
    probability: VoteProbability,
    ranking: str | None,
    rng: np.random.Generator,
) -> tuple[AuditReport | None, str | None]:
    if ranking == "probability":
        # Cross-validation has judged it; on its own rows it would look better than it is.
        ranking = "vote_share" if len(probability.features) == 1 else None
    try:
        return audit(votes, rng, ranked_by=ranking), None
    except UserError as error:
        return None, f"{error.got}; expected {error.expected}."


KIND = Kind(
    name="audit",
    stream=16,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.answer", "sample.method", "filter", "audit"),
    process="loop",
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files, needs = RoundFiles.of(number), method_of(recipe.filter).needs
    measured = {
        "ratings": files.labelled_ratings,
        "rewards": files.labelled_rewards,
        "shift": files.labelled_shifts,
    }
    inputs = Inputs(
        validation=layout.VALIDATION,
        labelled_samples=files.labelled_samples,
        labelled_losses=files.labelled_losses,
        measured=tuple(path for need, path in measured.items() if need in needs),
    )
    return Stage(KIND, number, inputs, Outputs(audit=files.audit))
