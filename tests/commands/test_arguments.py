import logging

import pytest

from eval_predict.errors import UserError
from iwsi.commands.arguments import parse_kind, shown_level


def test_quiet_and_verbose_move_the_level_either_way_and_exclude_each_other():
    assert shown_level(False, False) == logging.INFO
    assert shown_level(True, False) == logging.WARNING
    assert shown_level(False, True) == logging.DEBUG
    with pytest.raises(UserError, match="--quiet and --verbose; expected one of them"):
        shown_level(True, True)


@pytest.mark.parametrize("text", ["label:yes,no,maybe", "labels: yes, no ,maybe", "yes,no,maybe"])
def test_labels_are_a_list_with_commas(text):
    assert parse_kind(text).of == ("yes", "no", "maybe")


def test_a_kind_is_its_name_and_another_word_is_refused():
    assert parse_kind("number") == "number"
    with pytest.raises(UserError, match="--answer: 'letter'; expected a kind"):
        parse_kind("letter")
