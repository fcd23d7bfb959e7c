"""Every command that takes a file of rows, on every real file: a result, or one line."""

import os
from pathlib import Path

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from iwsi.cli import app

REAL = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data")) / "rows"

_LINES = {
    "vote": "vote {file} --out {out}.csv",
    "answers": "answers gsm8k {file} --text answer --out {out}.jsonl",
    "weigh": "weigh --model /none --validation {file} --candidates {file} --out {out}.csv",
    "init": "init {file} --out {out}.yaml",
}
COMMANDS = {name: line.split() for name, line in _LINES.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_real_file_brings_an_internal_error(tmp_path, command):
    if not REAL.is_dir():
        pytest.skip(f"no real rows: {REAL} is not there (IWSI_SHARED_DATA names another place)")
    faults = []
    done = 0
    for number, file in enumerate(sorted(f for f in REAL.glob("*/*") if f.is_file())):
        words = [w.format(file=file, out=tmp_path / str(number)) for w in COMMANDS[command]]
        result = CliRunner().invoke(app, words)
        lines = result.stderr.strip().splitlines()
        done += result.exit_code == 0
        if result.exit_code not in (0, 2) or (result.exit_code == 2 and len(lines) != 1):
            faults.append((file.name, result.exit_code, lines[:3]))
    assert not faults
    assert done or command == "weigh"  # whose model is not there
