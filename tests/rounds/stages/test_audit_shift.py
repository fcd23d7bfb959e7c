"""The density ratio of an audited vote is taken without the vote's own labelled row."""

import numpy as np

from iwsi.rounds.stages.audit_shift import ratios_without_own_row


def test_a_vote_that_copies_its_own_worked_answer_is_no_more_like_the_others_for_it():
    """Every vote lies on its own labelled row, so only a leak could find them alike."""
    rng = np.random.default_rng(0)
    rows_VD = rng.normal(size=(60, 8)).astype(np.float32)
    names = [str(row) for row in range(60)]
    far = rows_VD.copy()
    far[30:, 0] += 6.0  # half of the votes lie where no labelled row is
    ratio_N = ratios_without_own_row(far, names, rows_VD, names, np.random.default_rng(1))
    assert np.isfinite(ratio_N).all()
    assert np.median(ratio_N[:30]) > np.median(ratio_N[30:])


def test_too_few_labelled_rows_leave_no_ratio():
    rows_VD = np.ones((9, 3), np.float32)
    names = [str(row) for row in range(9)]
    ratio_N = ratios_without_own_row(rows_VD, names, rows_VD, names, np.random.default_rng(1))
    assert np.isnan(ratio_N).all()
