"""Fine-tune a language model on its own answers, round by round, and know what each was worth.

Every public name is imported when it is first used, so that `import iwsi` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval_predict.errors import UserError
    from iwsi.api import ds_weight, load_recipe, open_run, run, vote
    from iwsi.recipe import Recipe
    from iwsi.result import RunResult

__version__ = "0.1.0"

__all__ = [
    "Recipe",
    "RunResult",
    "UserError",
    "ds_weight",
    "load_recipe",
    "open_run",
    "run",
    "vote",
]

_MODULE_OF = {
    "Recipe": "iwsi.recipe",
    "RunResult": "iwsi.result",
    "UserError": "eval_predict.errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF.get(name, "iwsi.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
