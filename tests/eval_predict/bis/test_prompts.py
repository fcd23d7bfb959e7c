"""Prompts: described once, refused where they are empty."""

import numpy as np
import pytest

from eval_predict.bis.prompts import Prompts, contamination
from eval_predict.errors import UserError


def test_empty_prompts_are_counted_and_located():
    with pytest.raises(UserError, match=r"source: 2 of 4 empty \(rows 1, 3\)"):
        Prompts.describe(["a", " ", "b", ""], field="source")
    with pytest.raises(UserError, match="none"):
        Prompts.describe([])


def test_a_further_column_must_be_finite_and_as_long():
    for bad in ([1.0], [1.0, np.nan]):
        with pytest.raises(UserError, match=r"prompts\.loss"):
            Prompts.describe(["a", "b"], more={"loss": bad})


def test_taking_and_joining_undo_each_other():
    prompts = Prompts.describe(["one 1", "two 2", "three"], more={"year": [1, 2, 3]})
    joined = Prompts.join([prompts.take([0]), prompts.take([1, 2])])
    assert joined.texts == prompts.texts
    np.testing.assert_array_equal(joined.covariates_NC, prompts.covariates_NC)


def test_same_prompts_are_found_whatever_their_case_and_spaces():
    source = Prompts.describe(["What is  it?", "Where?"])
    target = Prompts.describe(["when?", "what is it? "])
    assert contamination(source, target) == [(0, 1)]
