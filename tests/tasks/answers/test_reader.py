import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.answers import (
    AnswerKind,
    AnswerSpec,
    canonical_answer,
    extract_answer,
    extract_answers,
    reader_of,
)

LABELS = LabelAnswer(of=("positive", "negative"))
KINDS: tuple[AnswerSpec, ...] = ("number", "choice", "yes_no", "text", "math", LABELS)


@pytest.mark.parametrize(
    ("answer", "canonical"),
    [
        ("1,200", "1200"),
        ("$1200", "1200"),
        ("1200.00", "1200"),
        (r"\boxed{1200}", "1200"),
        ("$1200$", "1200"),
        (r"$\boxed{1,\!200}$.", "1200"),
        ("1200 dollars", "1200"),
        ("$18 per day", "18"),
        ("18 dollars/day", "18"),
        ("€1 200", "1200"),
        ("€1\u00a0200", "1200"),
        (r"1\,200", "1200"),
        ("1{,}200", "1200"),
        ("1,00,000", "100000"),
        ("3.50", "3.5"),
        (".5", "0.5"),
        ("7/2", "3.5"),
        ("3 1/2", "3.5"),
        (r"\frac{7}{2}", "3.5"),
        (r"\dfrac72", "3.5"),
        (r"3\frac{1}{2}", "3.5"),
        (r"-\frac{1}{2}\text{ hours}", "-0.5"),
        ("2/6", "1/3"),
        ("-0", "0"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\u22125", "-5"),
        ("50%", "50"),
        (r"50\%", "50"),
        ("2.5e3", "2500"),
        (r"2.5 \times 10^{3}", "2500"),
        ("0.1 + 0.2", "0.3"),
        ("14.", "14"),
        ("007", "7"),
    ],
)
def test_ways_to_write_a_number(answer: str, canonical: str) -> None:
    assert canonical_answer(answer, "number") == canonical
    assert extract_answer(f"12 + 3.\nThe answer is {answer}", "number") == canonical


@pytest.mark.parametrize(
    "answer", ["", "x", "5, 6", "12:30", "1/0", "1e999999999", "2(3)", "9^9^9"]
)
def test_what_is_no_single_number(answer: str) -> None:
    assert canonical_answer(answer, "number") is None


@pytest.mark.parametrize(
    ("answer", "kind", "canonical"),
    [
        ("(b)", "choice", "B"),
        ("B.", "choice", "B"),
        ("(B) 12", "choice", "B"),
        ("option C", "choice", "C"),
        ("I", "choice", "I"),
        ("A dog", "choice", None),
        ("AB", "choice", None),
        ("K", "choice", None),
        ("Yes.", "yes_no", "yes"),
        ("False", "yes_no", "no"),
        ("know", "yes_no", None),
    ],
)
def test_choices_and_yes_or_no(answer: str, kind: AnswerKind, canonical: str | None) -> None:
    assert canonical_answer(answer, kind) == canonical


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"The answer is 3. So \boxed{\frac{7}{2}} it is, not 9.", "3.5"),
        (r"\boxed{5} and later \boxed{x = \boxed{6}}", "6"),
        (r"cut off at \boxed{12", "12"),
        ("#### 5\nThe final answer is: 6.\nThen 7.", "6"),
        ("Answer:\n**18**", "18"),
        ("9 * 2 = $<<9*2=18>>18\nA: 18", "18"),
        ("The answer is 5.\nThe answer is not clear, is it?", "5"),
        ("She has 16 - 3 -4 = 9 eggs", "9"),
    ],
)
def test_where_the_final_number_stands(text: str, answer: str) -> None:
    assert extract_answer(text, "number") == answer


@pytest.mark.parametrize(
    ("span", "answer"),
    [
        ("3 + 4 = 7.", "7"),
        ("16 eggs - 3 eggs = 13 eggs.", "13"),
        ("5x3=15", "15"),
        ("50% of 20 = 10, of 30 = 15", "10"),
        ("12 = 3 * 4", "12"),
        ("5 because 3 + 4 = 7", "5"),
        ("18. Then 20 more", "18"),
    ],
)
def test_an_equation_gives_its_right_hand_side(span: str, answer: str) -> None:
    assert extract_answer(f"The answer is {span}", "number") == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is (B) 12", "B"),
        ("The answer is B because of (C)", "B"),
        ("Answer: c", "C"),
        (r"\boxed{\text{(B)}}", "B"),
        ("(A) is wrong. Thus (C).", "C"),
        ("It is C) 12", "C"),
        ("So the best one is D", "D"),
        ("Hence option E holds", "E"),
        ("The answer is a dog.", None),
        ("A man came. So did I", None),
    ],
)
def test_where_the_final_choice_stands(text: str, answer: str | None) -> None:
    assert extract_answer(text, "choice") == answer


def test_last_stand_alone_yes_or_no_without_a_marker() -> None:
    assert extract_answer("No snow? Yes, there is none to know.", "yes_no") == "yes"
    assert extract_answer("The answer is no. Yes?", "yes_no") == "no"


@pytest.mark.parametrize("question", ["Question: How many are 9?", "Q: 9?\nA: 10", "**Q2:** 9?"])
def test_a_made_up_question_is_not_read(question: str) -> None:
    assert extract_answer(f"The sum is 7.\n\n{question}", "number") == "7"


@pytest.mark.parametrize(
    "turn",
    [
        "Next question: 3+3?",
        "Human: 3+3?",
        "### Question 2\n3+3?",
        "### Instruction:\n3+3?",
        "<|im_end|>\n<|im_start|>user\n3+3?<|im_end|>\n<|im_start|>assistant",
        "Pregunta: 3+3?",
        "问题\uff1a3+3?",
    ],
)
def test_a_new_turn_behind_a_stated_answer_is_not_read(turn: str) -> None:
    assert extract_answer(f"2+3 = 5. The answer is 5.\n\n{turn}\nThe answer is 6.", "number") == "5"


def test_a_turn_before_any_statement_does_not_end_the_text() -> None:
    text = "I solve it in 3 steps.\n### Problem\nTom has 4.\nThe answer is 8."
    assert extract_answer(text, "number") == "8"


@pytest.mark.parametrize(
    "heading", ["Now, let's combine all the answers:", "让我们总结所有的答案\uff1a"]
)
def test_a_summary_of_several_answers_gives_no_choice(heading: str) -> None:
    text = f"It is iron. The answer is (B).\n\n{heading}\nThe answer is (A)."
    assert extract_answer(text, "choice") == "B"


def test_a_summary_of_parts_gives_a_number() -> None:
    text = "The answer is 2 for one.\nNow we combine the answers:\nThe answer is 5."
    assert extract_answer(text, "number") == "5"


def test_texts_keep_their_order_and_gaps() -> None:
    texts = ["#### 1", None, "nothing", "#### 1"]
    assert extract_answers(iter(texts), "number") == ["1", None, None, "1"]


def test_expressions_agree_with_exact_arithmetic() -> None:
    rng = random.Random(0)
    for _ in range(200):
        a, b, c, d = (Fraction(rng.randint(1, 999), rng.choice([1, 10, 100])) for _ in range(4))
        text = rf"\frac{{{float(a)}}}{{{float(b)}}} * ({float(c)} - {float(d)})"
        answer = canonical_answer(text, "number")
        assert answer is not None
        assert Fraction(answer) == a / b * (c - d)


def test_a_canonical_answer_is_its_own() -> None:
    for text, kind in _fuzz(2_000):
        for answer in (canonical_answer(text, kind), extract_answer(text, kind)):
            if answer is not None:
                assert canonical_answer(answer, kind) == answer
                assert extract_answer(answer, kind) == answer


def test_huge_digit_strings_are_numbers() -> None:
    digits = "1" * 5_000
    assert extract_answer(f"#### {digits}.0", "number") == digits
    assert canonical_answer(f"{digits}/3", "number") is None


PIECES = [
    *("1", "1,", "12,", "1 234 ", " ", "\n", "the answer is ", "the answer is 1e99999 ", "answer "),
    *(
        "\\boxed{",
        "{}",
        "<<1",
        "\\text{a",
        "\\frac{1}",
        "1/",
        "--1",
        "$-",
        "1e9",
        "(A",
        "A) ",
        "yes ",
    ),
    *(
        "\nQ ",
        "1 + ",
        "1 = ",
        "a/",
        "the\n",
        "option (",
        "((1+",
        "not A or B, ",
        "\u7b54\u6848\u662f",
    ),
    *("<think>", "</think>", "**1** ", "So it is likely. ", "A) x\nB) y\n", "$1$ ", "Answer: 5\n"),
    *(
        "\nQuestion: 5\n",
        "the answer to x",
        "1_",
        "\u00bd",
        "*a* ",
        "#### ",
        '{"answer": ',
        "\\[",
        "`",
    ),
]
SECONDS_FOR_A_MEGABYTE = 0.15  # 0.05 on a quiet machine


@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_is_read_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    for kind in KINDS:
        seconds = _seconds(extract_answer, text, kind)
        if seconds > SECONDS_FOR_A_MEGABYTE:  # another process may have been in the way
            seconds = _seconds(extract_answer, text, kind)
        assert seconds < SECONDS_FOR_A_MEGABYTE


@pytest.mark.parametrize("piece", ["1", "1 + ", "\\frac{1}", "(A", "yes "])
def test_an_answer_alone_is_read_in_linear_time(piece: str) -> None:
    for kind in KINDS:
        assert _seconds(canonical_answer, piece * (1_000_000 // len(piece)), kind) < 1


def _seconds(read: Callable[[str, AnswerSpec], str | None], text: str, kind: AnswerSpec) -> float:
    start = time.process_time()
    read(text, kind)
    return time.process_time() - start


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_unicode_is_read_or_not_and_read_again_alike(text: str) -> None:
    for kind in KINDS:
        answer = extract_answer(text, kind)
        reader_of(kind).gold(text)
        if answer is not None and kind in ("number", "choice", "yes_no"):
            assert canonical_answer(answer, kind) == answer
            assert extract_answer(answer, kind) == answer


def test_latex_is_read_outside_the_main_thread() -> None:
    answers: list[str | None] = []
    thread = threading.Thread(
        target=lambda: answers.append(canonical_answer(r"\frac{9}{8}", "number"))
    )
    thread.start()
    thread.join()
    assert answers == ["1.125"]


def test_import_leaves_sympy_out() -> None:
    code = "import sys, iwsi.tasks.answers; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _fuzz(count: int) -> Iterator[tuple[str, AnswerSpec]]:
    rng = random.Random(0)
    pieces = [
        *"0123456789 .,-+*/^(){}$%=xeAaBI\n:;'\"#~_\x00\ud800",
        *("\\frac", "\\frac{1}{2}", "\\boxed{", "\\text{", "\\times", "1,200", "1/2", "e9", "{2}"),
        *("####", "the answer is ", "Answer: ", "A:", "\nQ:", "yes", "no", "(B)", "**", "<<", ">>"),
    ]
    for _ in range(count):
        text = "".join(rng.choices(pieces, k=rng.randint(0, 25)))
        for kind in KINDS[:3]:
            yield text, kind
