import numpy as np

from iwsi.train.shared_text import IGNORED, common_start, join, saved_share


def _row(prompt, completion):
    return {
        "input_ids": [*prompt, *completion],
        "labels": [IGNORED] * len(prompt) + [*completion],
        "prompt_tokens": len(prompt),
    }


TEXT = [1, 2, 3]
ROWS = [
    _row([*TEXT, 4, 9], [5, 0]),
    _row([*TEXT, 6, 7, 9], [8, 0]),
    _row([*TEXT, 4, 9], [6, 6, 0]),
]


def test_the_common_text_and_a_question_with_two_answers_stand_once():
    joined = join(ROWS)
    # The text; the first question but its last token; its two answers; the other question whole.
    assert joined.ids_L.tolist() == [1, 2, 3, 4, 9, 5, 0, 9, 6, 6, 0, 6, 7, 9, 8, 0]
    assert joined.positions_L.tolist() == [0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 3, 4, 5, 6, 7]
    assert [tuple(segment) for segment in joined.segments] == [
        (0, 3, ()),
        (3, 4, ((0, 3),)),
        (4, 7, ((0, 3), (3, 4))),
        (7, 11, ((0, 3), (3, 4))),
        (11, 16, ((0, 3),)),
    ]
    assert joined.row_L[joined.labels_L != IGNORED].tolist() == [0, 0, 2, 2, 2, 1, 1]


def test_every_completion_token_keeps_its_loss_once_and_no_other_token_gets_one():
    joined = join(ROWS)
    trained = sorted(joined.labels_L[joined.labels_L != IGNORED].tolist())
    assert trained == sorted([5, 0, 8, 0, 6, 6, 0])
    assert (joined.labels_L[[segment.begin for segment in joined.segments]] == IGNORED).all()


def test_rows_that_share_nothing_stand_side_by_side():
    rows = [_row([1, 2], [3]), _row([4, 2], [3, 5])]
    joined = join(rows)
    assert joined.ids_L.tolist() == [1, 2, 3, 4, 2, 3, 5]
    assert [segment.after for segment in joined.segments] == [(), ()]


def test_a_single_row_is_itself():
    joined = join(ROWS[:1])
    assert joined.ids_L.tolist() == ROWS[0]["input_ids"]
    assert joined.labels_L.tolist() == ROWS[0]["labels"]


def test_prompts_that_are_the_common_text_alone_are_followed_by_their_completions():
    rows = [_row([1, 2, 3], [4]), _row([1, 2, 3], [5])]
    joined = join(rows)
    assert joined.ids_L.tolist() == [1, 2, 3, 4, 3, 5]
    assert common_start(rows) == 2


def test_a_row_without_a_prompt_shares_nothing():
    joined = join([_row([], [1, 2]), _row([1], [2, 3])])
    assert joined.ids_L.tolist() == [1, 2, 1, 2, 3]
    # The first token of the first row follows nothing, so that it has no loss.
    assert joined.labels_L.tolist() == [IGNORED, 2, IGNORED, 2, 3]


def test_the_share_saved_is_that_of_the_tokens():
    order = np.arange(3).tolist()
    assert saved_share(ROWS, order, micro=3) == 1 - 16 / (7 + 8 + 8)
    assert saved_share(ROWS, order, micro=1) == 0
