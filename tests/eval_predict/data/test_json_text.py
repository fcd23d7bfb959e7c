"""JSON of other tools, with halves of surrogate pairs."""

import pytest

from eval_predict.data.json_text import parse_json


def test_half_a_pair_becomes_a_mark_in_keys_and_values():
    text = r'{"a\ud800": ["\udfff", {"b": "\ud83d x"}], "c": 1, "d": "\\ud800"}'
    assert parse_json(text) == {"a\ufffd": ["\ufffd", {"b": "\ufffd x"}], "c": 1, "d": "\\ud800"}


def test_a_whole_pair_stays_one_character():
    assert parse_json(rb'["\ud83d\ude00"]') == ["\U0001f600"]


@pytest.mark.parametrize("text", ["{", b"\xff", "[" * 100_000])
def test_what_is_no_json_is_an_error_of_json(text):
    with pytest.raises((ValueError, RecursionError)):
        parse_json(text)
