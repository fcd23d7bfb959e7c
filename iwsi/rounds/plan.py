"""The stages of a run, in order."""

from collections.abc import Container, Mapping, Sequence

from eval_predict.errors import UserError, nearest
from iwsi.evaluation.gate import Decision
from iwsi.filter.methods import method_of
from iwsi.recipe import Recipe
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.stages import (
    audit,
    audit_losses,
    audit_rate,
    audit_reward,
    audit_sample,
    audit_shift,
    diversity,
    forecast,
    gate,
    label,
    pair,
    prepare,
    rate,
    reward,
    sample,
    select,
    shift,
    test,
    train,
    vote,
    warm_start,
    weigh,
)


def plan(recipe: Recipe) -> list[AnyStage]:
    """All stages that a run may come to, each after those whose outputs it reads."""
    stages: list[AnyStage] = [prepare.stage(recipe)]
    if "labels" in method_of(recipe.filter).needs:
        stages.append(label.stage())
    stages += _warm_start(recipe) if recipe.warm_start else _base(recipe)
    for number in range(1, recipe.rounds + 1):
        stages += _training(recipe, number)
        stages += _evaluation(recipe, number)
    if recipe.test.full == "final":
        stages += [
            test.stage(recipe, number, closing=True) for number in range(1, recipe.rounds + 1)
        ]
    return stages


def _base(recipe: Recipe) -> list[AnyStage]:
    """The stages of the base model before round 1."""
    if recipe.test.full != "never":
        return [test.stage(recipe, 0)]
    return [forecast.stage(recipe, 0, {})] if recipe.forecast else []


def _warm_start(recipe: Recipe) -> list[AnyStage]:
    """The base model, then training on labelled rows and what that was worth."""
    tested, stages = recipe.test.full != "never", list[AnyStage]()
    if tested:
        stages.append(test.start_stage())
    elif recipe.forecast:
        stages.append(forecast.start_stage(recipe))
    stages.append(warm_start.stage())
    if recipe.forecast:
        stages.append(forecast.stage(recipe, 0, {}))
    if tested:
        stages.append(test.stage(recipe, 0))
    return stages


def _training(recipe: Recipe, number: int) -> list[AnyStage]:
    """The stages from questions to an adapter."""
    needs = method_of(recipe.filter).needs
    stages: list[AnyStage] = [sample.stage(recipe, number)]
    if recipe.audit:
        stages += [
            audit_sample.stage(recipe, number),
            *([audit_rate.stage(recipe, number)] if "ratings" in needs else []),
            audit_losses.stage(recipe, number),
            *([audit_reward.stage(number)] if "rewards" in needs else []),
            *([audit_shift.stage(recipe, number)] if "shift" in needs else []),
            audit.stage(recipe, number),
        ]
    stages += [vote.stage(number), diversity.stage(recipe, number)]
    if "losses" in needs:
        stages.append(weigh.stage(recipe, number))
    if "ratings" in needs:
        stages.append(rate.stage(recipe, number))
    if "rewards" in needs:
        stages.append(reward.stage(number))
    if "shift" in needs:
        stages.append(shift.stage(recipe, number))
    stages.append(select.stage(recipe, number))
    if recipe.train.objective != "sft":
        stages.append(pair.stage(number))
    return [*stages, train.stage(recipe, number)]


def _evaluation(recipe: Recipe, number: int) -> list[AnyStage]:
    """The stages that evaluate a round, as far as the recipe asks for them."""
    stages: list[AnyStage] = []
    if recipe.forecast:
        stages.append(forecast.stage(recipe, number, _evidence(recipe, number)))
    if recipe.test.full == "every":
        stages.append(test.stage(recipe, number))
    if recipe.gate:
        stages.append(gate.stage(recipe, number))
    return stages


def _evidence(recipe: Recipe, number: int) -> dict[int, forecast.Evidence]:
    """The earlier rounds' results that a forecast uses."""
    tested = {"every": range(number), "final": range(1), "never": range(0)}[recipe.test.full]
    return {before: "test" if before in tested else "forecast" for before in range(number)}


def called_for(stages: Sequence[AnyStage], decisions: Mapping[int, Decision]) -> list[AnyStage]:
    """The stages that are left when the gates so far have decided.

    Args:
        stages: what `plan` gave.
        decisions: each round's, as far as there are any.
    """
    last = max((stage.round for stage in stages), default=0)
    ended = min((number for number, decision in decisions.items() if decision.ends), default=last)
    result = decisions[ended].result if ended in decisions else ended
    return [
        stage
        for stage in stages
        if (stage.round == result if stage.closing else stage.round <= ended)
    ]


def required_for(stages: Sequence[AnyStage], last: AnyStage) -> list[AnyStage]:
    """A stage, and all whose files it needs, in order."""
    writer = {path: stage for stage in stages for path in stage.writes}
    needed, waiting = set(), [last]
    while waiting:
        stage = waiting.pop()
        needed.add(stage.name)
        waiting += [writer[path] for path in stage.reads if path in writer]
    return [stage for stage in stages if stage.name in needed]


def find(stages: Sequence[AnyStage], name: str, done: Container[str] = ()) -> AnyStage:
    """The stage that a user names.

    `2/select` and `round-2/select` are round 2's; `select` alone is the first that is not done, or
    the last where all are done.

    Args:
        stages: what `plan` gave.
        name: of the stage.
        done: names of stages that are done.

    Raises:
        UserError: there is none.
    """
    round_name, _, kind = name.rpartition("/")
    if not round_name:
        alike = [stage for stage in stages if stage.kind.name == kind]
        if alike:
            return next((stage for stage in alike if stage.name not in done), alike[-1])
    wanted = f"round-{round_name.removeprefix('round-') or 1}/{kind}"
    for stage in stages:
        if stage.name in (name, wanted):
            return stage
    names = [stage.name for stage in stages]
    near = nearest(wanted, names)
    raise UserError(
        field="--until",
        got=repr(name),
        expected=f"a stage such as {', '.join(names[:4])}, …",
        fix=f'Did you mean "{near}"?' if near else None,
    )
