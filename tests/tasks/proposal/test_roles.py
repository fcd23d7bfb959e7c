from iwsi.tasks.proposal.leaves import leaves_of
from iwsi.tasks.proposal.roles import GOLDS, options_of, ranked


def test_columns_are_ranked_by_how_clear_their_name_is():
    leaves = leaves_of([{"label": 1, "answer": 2, "comment": 3}])
    names = [leaf.name for leaf in ranked(leaves, GOLDS)]
    assert set(names) == {"label", "answer"}
    assert names == sorted(names, key=GOLDS.index)


def test_a_list_of_texts_is_shown_with_a_letter_each():
    options = options_of(leaves_of([{"choices": ["x", "y"]}, {"choices": ["x", "y", "z"]}]))
    assert options.counts == (2, 3)
    assert "choices" in options.template


def test_without_options_there_are_none():
    assert options_of(leaves_of([{"question": "a?", "answer": "b"}])) is None
