"""Formulas: read from texts, told apart by meaning, and never for ever."""

import time

import pytest

from iwsi.recipe.answer import MathAnswer
from iwsi.tasks.answers import extract_answer, math, reader_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\frac12", "0.5"),
        (r"\dfrac{1}{2}", "1/2"),
        ("x=3", "3"),
        ("(2,5)", r"\left( 2, 5 \right)"),
        (r"\{1,2\}", r"\{2,1\}"),
        ("[0,1)", "[0, 1)"),
        (r"2\sqrt{3}", r"\sqrt{12}"),
        ("x^2+2x+1", "(x+1)^2"),
        (r"5 \text{ cm}", "5"),
        (r"90^\circ", "90"),
        (r"\text{even}", "even"),
        (r"10,\!080", "10080"),
        (r"x \in [1,2)", "[1,2)"),
    ],
)
def test_formulas_that_mean_the_same(one: str, other: str) -> None:
    first, second = math.alone(one), math.alone(other)
    assert first is not None
    assert second is not None
    assert math.same(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [("(2,5)", "(5,2)"), ("[0,1)", "[0,1]"), (r"\sqrt{2}", "1.5"), ("x+1", "x-1"), ("52_8", "52")],
)
def test_formulas_that_do_not(one: str, other: str) -> None:
    assert not math.same(math.alone(one) or "", math.alone(other) or "")


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"So the area is $\boxed{\frac{9\pi}{2}}$.", r"\frac{9\pi}{2}"),
        (r"The answer is $(3, \frac{\pi}{2})$.", r"(3,\frac{\pi}{2})"),
        (r"Therefore \[x = 2\sqrt{3}.\]", r"2\sqrt{3}"),
        (r"**Final Answer:** \(\frac{1}{4}\)", "0.25"),
        (r"<think>\boxed{1}</think>\boxed{2x+1}", "2x+1"),
        ("She has 4 apples.", "4"),
        ("The answer is unknown.", None),
        ("no formula", None),
    ],
)
def test_formulas_in_texts(text: str, formula: str | None) -> None:
    assert extract_answer(text, "math") == formula


@pytest.mark.parametrize(
    ("gold", "read"),
    [
        (r"$\frac{9 \pi}{2}$.", r"\frac{9\pi}{2}"),
        ("$y=4 x-3$", "y=4x-3"),
        (r"Thus \boxed{(2,\infty)}.", r"(2,\infty)"),
        (r"$x \neq \pm 5$", r"x\neq\pm5"),
        ("1,-2", None),
        (r"1 \pm \sqrt{19}", None),
        ("$(45,2),(-10,-9)$", None),
        (r"$\frac{289}{4} ;\left(p-\frac{17}{2}\right)^{2}$", None),
        ("(1)(2)(3)(5)", None),
        ("np.arcsin(10/13)", None),
        (r"m^2n\cdot", None),
    ],
)
def test_a_gold_is_one_formula(gold: str, read: str | None) -> None:
    assert reader_of("math").gold(gold) == read


def test_a_gold_may_hold_several_values_where_the_recipe_says_so() -> None:
    reader = reader_of(MathAnswer(several=True))
    gold = reader.gold("$1,-2$")
    assert gold is not None
    assert reader.same(reader.extract(r"So $x = \boxed{-2, 1}$."), gold)
    assert not reader.same(reader.extract(r"So $x = \boxed{1}$."), gold)


def test_equal_formulas_of_a_question_vote_together() -> None:
    answers = ["0.5", r"\sqrt{12}", None, r"2\sqrt{3}", r"\sqrt{12}"]
    questions = ["a", "a", "a", "a", "b"]
    assert reader_of("math").representatives(questions, answers) == [
        *("0.5", r"\sqrt{12}", None, r"\sqrt{12}", r"\sqrt{12}"),
    ]


@pytest.mark.parametrize("tower", ["9^9^9^9", "9^{9^{9^9}}", "10000000!", "2^{999999999}"])
def test_towers_of_powers_are_the_same_as_themselves_alone(tower: str) -> None:
    start = time.perf_counter()
    assert math.same(tower, tower)
    assert not math.same(tower, "x")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (r"\sqrt{12}", r"2\sqrt{3}", True),
        (r"\{1,2\}", r"\{2,1\}", True),
        ("x^2+2x+1", "(x+1)^2", True),
        ("y=2x+1", "y=1+2x", True),
        ("(2,5)", "(5,2)", False),
        ("[0,1)", "[0,1]", False),
        ("x+1", "x-1", False),
        ("123456789012345678901", "123456789012345678902", False),
    ],
)
def test_fingerprints_distinguish_formulas_as_comparing_does(
    one: str, other: str, alike: bool
) -> None:
    assert math.mean_the_same(one, other) is alike
    assert math.same(one, other) is alike


def test_many_formulas_vote_as_few_do() -> None:
    answers = [rf"{n}\sqrt{{{m}}}" for n in range(2, 12) for m in (2, 3, 5)] * 18
    questions = [str(i // 30) for i in range(len(answers))]
    answers = [rf"\sqrt{{{i}}}" if i % 7 == 0 else answer for i, answer in enumerate(answers)]
    together = reader_of("math").representatives(questions, answers)
    apart = [
        representative
        for question in dict.fromkeys(questions)
        for representative in reader_of("math").representatives(
            [one for one in questions if one == question],
            [a for a, one in zip(answers, questions, strict=True) if one == question],
        )
    ]
    assert together == apart
