"""Says in sentences what a recipe's test, forecast and gate will do."""

from iwsi.evaluation.forecast import budget_items
from iwsi.recipe import Recipe
from iwsi.recipe.evaluation import Gate

_FULL = {
    "final": "the base model and the run's result, on all {tests} test items",
    "every": "the base model and every round, on all {tests} test items",
    "never": "no full test: every score is a forecast",
}
_ACTS = {
    "stop": "the run ends, and the last round is its result",
    "rollback": "the run ends, and the best model so far is its result, perhaps the base model",
    "continue": "the run goes on and only says so",
}


def evaluation_plan(recipe: Recipe, tests: int) -> dict[str, str]:
    """A sentence each on the full test, the forecast and the gate.

    Args:
        recipe: The run's recipe.
        tests: Rows of the test set.
    """
    return {
        "test": _FULL[recipe.test.full].format(tests=f"{tests:,}"),
        "forecast": _forecast(recipe, tests),
        "gate": _gate(recipe.gate, recipe.rounds),
    }


def _forecast(recipe: Recipe, tests: int) -> str:
    forecast = recipe.forecast
    if forecast is None:
        return "none"
    items = budget_items(forecast, tests)
    text = (
        f"after each round, from {items:,} of {tests:,} test items by {forecast.method}, "
        f"{forecast.level:.0%} intervals"
    )
    if forecast.history:
        text += f", with {len(forecast.history)} histories of other models"
    if forecast.max_halfwidth:
        text += f", ending early within ±{100 * forecast.max_halfwidth:g} points"
    if forecast.target:
        text += ", and for the prompts of forecast.target"
    return text


def _gate(gate: Gate | None, rounds: int) -> str:
    if gate is None:
        return "none: the last round is the result, even if it is worse than the base model"
    points = f"{100 * gate.min_gain:g} point{'s' * (gate.min_gain != 0.01)}"
    text = (
        f"a round passes if it gained more than {points} over the one before "
        f"with a probability of at least {gate.confidence:.0%}; after {gate.patience} failed "
        f"round{'s' * (gate.patience > 1)} in a row {_ACTS[gate.on_fail]}"
    )
    if gate.patience > rounds:
        text += f" (this run of {rounds} round{'s' * (rounds > 1)} ends before that)"
    if gate.min_next_gain is not None:
        text += (
            f"; no round begins that gains more than {100 * gate.min_next_gain:g} points with a "
            f"probability below {1 - gate.confidence:.0%}"
        )
    return text
