import json
from pathlib import Path

import pytest

import eval_predict.cli
import eval_predict.commands.tables


@pytest.fixture
def scores(tmp_path: Path) -> str:
    file = tmp_path / "scores.csv"
    rows = [
        "new,1,1",
        "new,2,1",
        "new,3,0",
        "new,4,1",
        "old,4,0",
        "old,3,0",
        "old,2,1",
        "[old],9,1",
    ]
    file.write_text("\n".join(["model,item,score", *rows]))
    return str(file)


def test_main_is_the_console_entry_point(
    scores: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["eval-predict", "summary", scores, "--json"])
    with pytest.raises(SystemExit) as exited:
        eval_predict.cli.main()
    assert not exited.value.code
    assert json.loads(capsys.readouterr().out)["level"] == 0.95
