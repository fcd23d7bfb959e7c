from iwsi.tasks.proposal.leaves import leaves_of, plain


def test_a_name_is_compared_without_case_and_signs():
    assert plain("Answer Key") == plain("answer_key") == plain("answerKey") == "answerkey"


def test_values_inside_objects_are_reached_by_their_path():
    rows = [{"question": {"stem": "a?", "my key": 1}}, {"question": {"stem": "b?", "my key": 2}}]
    values = {leaf.expression: leaf.values for leaf in leaves_of(rows)}
    assert values["question.stem"] == ("a?", "b?")
    assert values['question["my key"]'] == (1, 2)


def test_a_column_that_is_called_as_a_word_of_jinja_is_reached_through_its_row():
    [leaf] = leaves_of([{"range": 3}])
    assert leaf.expression == 'row["range"]'


def test_a_blank_value_leaves_a_column_not_full():
    [leaf] = leaves_of([{"a": "x"}, {"a": " "}])
    assert not leaf.is_full
    assert leaf.holds(str)
