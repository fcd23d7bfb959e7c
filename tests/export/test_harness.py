import json

from report.run_directories import write_run

from iwsi.export.harness import METRIC, write_samples


def test_samples_are_a_line_an_item_beside_their_mean(tmp_path):
    run = write_run(tmp_path / "run")
    folder = write_samples(run, 1, "toy", "run/round-1", tmp_path / "out")
    assert folder.name == "run__round-1"
    [samples] = folder.glob("samples_toy_*.jsonl")
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    assert [row[METRIC] for row in rows] == [1.0, 0.0, 1.0, 1.0]
    assert [row["doc_id"] for row in rows] == [0, 1, 2, 3]
    [results] = folder.glob("results_*.json")
    assert json.loads(results.read_text())["results"]["toy"][f"{METRIC},none"] == 0.75
