"""What is suspicious about rows is told by a run when it reads them, and kept in its ledger."""

from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.loop import run_recipe

SMALL = ["sample.engine=transformers", "task.train.size=20", "task.validation.size=10"]


class _Display:
    def __init__(self):
        self.warnings = []

    def begin(self, stage):
        pass

    def progress(self, done, total):
        pass

    def end(self, stage, seconds):
        pass

    def skip(self, stage):
        pass

    def warn(self, message):
        self.warnings.append(message)


def test_a_run_warns_once_of_its_rows_and_goes_on(tmp_path):
    recipe = load_recipe(
        ROOT / "recipes" / "tiny_arith.yaml", [*SMALL, "task.test.size=50", "sample.max_tokens=20"]
    )
    displays = [_Display(), _Display()]
    for display in displays:
        run_recipe(recipe, tmp_path / "run", display, until="prepare")
    first, again = (display.warnings for display in displays)
    assert any("Only 10 validation rows" in warning for warning in first)
    assert any("longer than sample.max_tokens (20)" in warning for warning in first)
    assert again == []
    kept = Ledger(tmp_path / "run").entries["prepare"].info["warnings"]
    assert {warning["code"] for warning in kept} >= {"few_validation_rows", "short_max_tokens"}
