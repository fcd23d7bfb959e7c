from iwsi.tasks.answers.sentences import first_sentence, is_question, sentences


def test_a_decimal_point_ends_no_sentence():
    assert sentences("It costs 3.5 dollars. Done!") == ["It costs 3.5 dollars", "Done"]


def test_a_text_asks_where_its_first_sentence_does():
    assert is_question("How many? Four.")
    assert not is_question("Four. How many?")
    assert not is_question("four")


def test_the_first_sentence_is_the_whole_text_where_no_mark_ends_it():
    assert first_sentence("Yes. It is.") == "Yes"
    assert first_sentence(" only words ") == "only words"
