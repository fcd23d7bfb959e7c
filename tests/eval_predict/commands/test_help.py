import typer
from typer.testing import CliRunner

from eval_predict.commands.help import add_command


def test_a_commands_help_is_its_docstring_an_example_and_options_in_groups():
    app = typer.Typer()

    def draw(budget: int = 3, seed: int = 0, as_json: bool = False) -> None:
        """Draw items.

        More of it.
        """

    add_command(app, draw, "tool draw --budget 5")
    app.command()(lambda: None)  # with a single command typer drops its name
    shown = CliRunner().invoke(app, ["draw", "--help"], env={"COLUMNS": "100"}).output
    options = shown.partition("tool draw --budget 5")[2]
    assert "Draw items." in shown
    assert "Example: tool draw --budget 5" in shown
    places = [
        options.index(text)
        for text in (
            "─ Options ─",
            "--budget",
            "─ Statistics ─",
            "--seed",
            "─ Output ─",
            "--as-json",
        )
    ]
    assert places == sorted(places)
