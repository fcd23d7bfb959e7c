from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.proposal.golds import Unread, blank_gold, find_gold, read_kind
from iwsi.tasks.proposal.leaves import leaves_of


def test_the_narrowest_kind_that_reads_every_gold_is_taken():
    assert read_kind(["3", "4.5", "1,200"], None) == "number"
    assert read_kind(["yes", "no"], None) == "yes_no"


def test_few_short_texts_that_come_again_are_a_closed_list():
    kind = read_kind(["red", "blue"] * 4, None)
    assert isinstance(kind, LabelAnswer)
    assert kind.of == ("blue", "red")


def test_the_first_row_that_a_named_kind_does_not_read_is_reported():
    unread = read_kind(["3", "four cats", "5"], "number")
    assert isinstance(unread, Unread)
    assert (unread.number, unread.text) == (2, "four cats")


def test_a_gold_is_found_by_the_name_of_its_column():
    rows = [{"question": "a?", "answer": "3"}, {"question": "b?", "answer": "7"}]
    gold = find_gold(leaves_of(rows), rows, None, None)
    assert (gold.template, gold.kind, gold.texts) == ("{{ answer }}", "number", ["3", "7"])


def test_a_gold_column_with_few_blank_rows_is_named_with_the_first():
    rows = [{"answer": str(i)} for i in range(9)] + [{"answer": ""}]
    assert blank_gold(leaves_of(rows)) == ("answer", 10)
