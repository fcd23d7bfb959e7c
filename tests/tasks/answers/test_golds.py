"""Golds are read strictly: alone, at the marker of a worked solution, or in a list of one."""

import pytest

from iwsi.recipe.answer import ChoiceAnswer, LabelAnswer, TextAnswer
from iwsi.tasks.answers import AnswerSpec, reader_of

NLI = LabelAnswer(of=("entailment", "neutral", "contradiction"), synonyms={"follows": "entailment"})
RELATIONS = LabelAnswer(of=("son", "son-in-law", "grandson"))


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("18", "18"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("First 3, then 4. The answer is 12.", "12"),
        (r"So $x = \boxed{-2.5}$ in the end.", "-2.5"),
        ("-9867630.0", "-9867630"),
        ("4.5e33", "45" + "0" * 32),
        ("2.7\u00d710^9", "2700000000"),
        ("$1 / 2$", "0.5"),
        ("x=9", "9"),
        ("$22.1cm^{2}$", "22.1"),
        (r"11,\! 111,\! 111,\! 100", "11111111100"),
        (r"\$32,\!348", "32348"),
        ("0. 98.\n", "0.98"),
        ("4 .\n", "4"),
        ("77.0\u00b0F", "77"),
        ("forty-three", "43"),
        ("three hundred and sixty-four", "364"),
        ("12 + 30 = 42", "42"),
        ('["$1,496.5"]', "1496.5"),
        ('["43", "forty-three"]', "43"),
        ("['18']", "18"),
        ("1946|  1946", "1946"),
        # not a single number, or one whose reading is not sure
        ("3:30", None),
        (r"3\sqrt{2}", None),
        ("(2,5)", None),
        ("1.234,56", None),
        ("3,5", None),
        ("3, 5, 7", None),
        ("52_8", None),
        ("4210_{5}", None),
        ("6 - 5i", None),
        ("1:58 am", None),
        ("(555) 123-4567", None),
        ("$(9.8) million", None),
        ("$1.2 billion", None),
        ("236 adult, 342 child", None),
        ("1 \u548c 3", None),
        ("15\n9\n8", None),
        ("38-yard", None),
        ('["60000", "317000"]', None),
        ("50.6|49.7", None),
        ("[]", None),
        ("", None),
        ("She had 5 and found 3, so she has 8.", None),
        ("4 of 9\n#### four or five", None),
        ("2.5 years", None),  # 30 months are as right
        ('["2.5 years"]', None),
        (r"$15 \mathrm{~min}$", None),
        ("#### 12 days", None),
        ("60 miles/hour", "60"),
        ("350,000 pages", "350000"),
    ],
)
def test_golds_of_numbers(text: str, gold: str | None) -> None:
    assert reader_of("number").gold(text) == gold


@pytest.mark.parametrize(
    ("kind", "text", "gold"),
    [
        ("choice", "b", "B"),
        ("choice", " (b)", "B"),
        ("choice", "B. metal", "B"),
        ("choice", r"\text{(C)}", "C"),
        ("choice", '["D"]', "D"),
        ("choice", "It conducts heat. The answer is (A).", "A"),
        ("choice", "AD", None),
        ("choice", "A B D", None),
        ("choice", '["ABD"]', None),
        ("choice", "A, C", None),
        ("choice", "B or C", None),
        ("choice", "A dog", None),
        ("choice", "", None),
        (ChoiceAnswer(options=("red", "blue")), "blue", "B"),
        (ChoiceAnswer(options=("red", "blue")), "green", None),
        ("yes_no", "True", "yes"),
        ("yes_no", "no.", "no"),
        ("yes_no", "1", "yes"),
        ("yes_no", "0", "no"),
        ("yes_no", "Uncertain", None),
        ("yes_no", "There is no such bird.", None),
        (NLI, "Entailment.", "entailment"),
        (NLI, "follows", "entailment"),
        (NLI, "The label is neutral.", "neutral"),
        (NLI, "not neutral", None),
        (NLI, "neutral or contradiction", None),
        (RELATIONS, "wife-son-grandson #### son-in-law", "son-in-law"),
        (RELATIONS, "grandson", "grandson"),
        ("text", "The Eiffel Tower.", "eiffel tower"),
        ("text", "] ] >", "] ] >"),
        ("text", r"\text{Evelyn}", "evelyn"),
        ("text", '["fog", "Fog."]', "fog"),
        ("text", '["fog", "mist"]', None),
        ("text", "word " * 60, None),
        ("text", "1. Java\n2. Python\n3. C++", None),
        ("text", "Java\nPython", None),
        ("text", '["1. find(cup)\\n2. done()"]', "1 findcup 2 done"),
        ("text", "It lies on the Seine.\n#### Paris", "paris"),
    ],
)
def test_golds_of_other_kinds(kind: AnswerSpec, text: str, gold: str | None) -> None:
    assert reader_of(kind).gold(text) == gold


def test_a_gold_may_be_a_list_where_the_recipe_says_so() -> None:
    reader = reader_of(TextAnswer(several=True))
    gold = reader.gold('["Vladimir Putin", "Putin"]')
    assert gold is not None
    assert reader.same(reader.extract("The answer is Putin."), gold)
    assert reader.same(reader.extract("Answer: vladimir putin"), gold)
    assert not reader.same(reader.extract("The answer is Medvedev."), gold)
    assert not reader.same(None, gold)
