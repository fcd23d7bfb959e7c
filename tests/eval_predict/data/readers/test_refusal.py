from pathlib import Path

from eval_predict.data.readers.refusal import NoScoresError, no_scores


def test_a_file_without_scores_is_an_error_in_one_line_with_its_fix():
    error = no_scores(Path("a.json"), "averages of 3 tasks", "Give the samples.")
    assert isinstance(error, NoScoresError)
    assert isinstance(error, ValueError)
    assert str(error) == (
        "a.json: averages of 3 tasks; expected scores of single items. Give the samples."
    )
