"""No file, whatever it holds, brings an internal error to a command."""

from pathlib import Path

from log_shapes import SHAPES, write
from typer.testing import CliRunner

import eval_predict.cli


def test_no_file_brings_an_internal_error_to_a_command(tmp_path: Path) -> None:
    runner = CliRunner()
    history = tmp_path / "history.csv"
    rows = [f"m{m},q{n},{(m + n) % 2}" for m in range(6) for n in range(12)]
    history.write_text("\n".join(["model,item,score", *rows]))
    for number, shape in enumerate(SHAPES):
        file = str(write(tmp_path / str(number), shape))
        for arguments in (
            ["summary", file, "--json"],
            ["compare", file, "--model", "m", "--baseline", "n"],
            ["predict", str(history), "--observed", file, "--method", "random_sampling"],
            ["predict", file, "--observed", str(history)],
            ["select", file, "--budget", "1", "--design", "random_sampling"],
            ["next", str(history), "--observed", file],
        ):
            result = runner.invoke(eval_predict.cli.app, arguments)
            assert result.exit_code in (0, 2), (shape.name, arguments, result.output)
            assert "internal error" not in result.output
