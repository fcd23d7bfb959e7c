from report.run_directories import write_run

from iwsi.report.collect import collect


def test_a_rare_reason_is_listed_whole_among_many_candidates(tmp_path):
    report = collect(write_run(tmp_path / "run", candidates=4000), max_candidates=300)
    assert len(report.candidates) == 300
    assert report.candidates_in_all == 4000
    counts = dict.fromkeys(("kept", "high_ds_weight", "minority_answer"), 0)
    for candidate in report.candidates:
        counts[candidate.reason] += 1
    assert min(counts.values()) >= 90
