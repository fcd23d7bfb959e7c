import pytest
from report.run_directories import write_run

from iwsi.report.collect import collect


@pytest.mark.parametrize(
    "name", ["round-1/selection.parquet", "round-0/test.parquet", "round-1/funnel.json"]
)
def test_a_damaged_file_is_named_and_the_rest_is_shown(tmp_path, name):
    root = write_run(tmp_path / "run")
    (root / name).write_bytes((root / name).read_bytes()[:20])
    report = collect(root)
    assert len([problem for problem in report.problems if problem.startswith(name)]) == 1
    assert report.rounds[1].training
