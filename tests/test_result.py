import io

import pytest
from rich.console import Console

import iwsi


def test_a_run_gives_its_tables_as_frames(recipe_file, tmp_path):
    short = {"forecast": None, "gate": None, "sample.n": 3}
    first = iwsi.run(recipe_file, short, tmp_path / "run", until="1/select")
    assert first.summary.next_stage == "round-1/train"
    assert "no result yet, next: round-1/train" in repr(first)
    assert first.adapter is None
    [kept] = first.funnel["kept"]
    candidates = first.candidates()
    assert len(candidates) == 24 * 3 == first.funnel.loc[1, "sampled"]
    assert candidates["keep"].sum() == kept
    results = first.test_results(0)
    assert first.rounds.loc[0, "accuracy"] == pytest.approx(results["score"].mean())
    assert first.rounds.loc[0, "accuracy_low"] < first.rounds.loc[0, "accuracy"]
    with pytest.raises(iwsi.UserError, match="a round with a full test: 0"):
        first.test_results(1)
    again = iwsi.open_run(tmp_path / "run")
    assert again.summary == first.summary
    stream = io.StringIO()
    Console(width=120, file=stream).print(again)
    assert "next: round-1/train" in stream.getvalue()
