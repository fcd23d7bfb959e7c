"""Texts as models write them, each with the readings that are right; None: there is no answer."""

import pytest

from iwsi.tasks.answers import extract_answer

NUMBERS = [
    # a sentence's result, not the first number behind a marker
    ("Answer: In 12 weeks Priya saves $96.", "96"),
    ("The answer is that after 4 rounds the team has 31 points.", "31"),
    ("Answer: Out of 40 tickets, 13 were left.", "13"),
    ("Final answer: Tom walks 6 miles in 2 hours.", "6"),
    ("Answer: He needs 7 more pages than his sister, who read 20.", "7"),
    ("The answer is 24 (6 boxes with 4 pens each).", "24"),
    ("Answer:\nEach of the 5 friends pays $14.", "14"),
    ("So the total cost is 3 * 12 + 4 = 40 dollars for 3 people.", "40"),
    ("Answer: To get the sum we add 8 and 9. That gives 17.", "17"),
    # markers
    ("So it must be 54.", "54"),
    ("My answer: 77. I checked it twice with 3 methods.", "77"),
    ("Our final result is 6.5, from 13 halves.", "6.5"),
    ("**Final Answer**\n\n\\[ 128 \\]\n\nThis uses 2^7.", "128"),
    ("Result = 19", "19"),
    ("ANSWER : 1,250", "1250"),
    ("The correct answer is therefore 8.", "8"),
    ("The answer should be 15, not 51.", "15"),
    ("\U00002705 Final Answer: **73**", "73"),
    # headings and lists
    ("#### Step 2: Add\n5 + 6 = 11\n\n#### Conclusion\nThere are 11 birds.", "11"),
    ("### Answer\n\n42\n\n### Check\n\n6 * 7 holds.", "42"),
    ("#### 29\n\nQuestion: How many legs have 5 dogs?\nAnswer: 5 * 4 = 20\n#### 20", "29"),
    ("#### 1. Read the question\n#### 2. Compute\n10 - 7 = 3.", "3"),
    ("Answer:\n* 64 apples", "64"),
    # a question said again
    ("Of course.\n\nQuestion: What is 8 + 9?\n\n8 + 9 = 17. The answer is 17.", "17"),
    ("Q: How many in total?\nA: 12 + 3 = 15. The answer is 15.", "15"),
    # dress
    ('```json\n{"answer": 350}\n```', "350"),
    ('{"answer": "1,024", "confidence": 0.7}', "1024"),
    ("<answer>\n36\n</answer>", "36"),
    ("<answer> $36.50 </answer>", "36.5"),
    ("Thus $$\\boxed{\\dfrac{3}{8}}.$$", "0.375"),
    ("Final Answer: `16`", "16"),
    ("The answer is \u300e56\u300f.", "56"),
    ("The answer is \uff14\uff12.", "42"),  # full-width digits
    ("<think>maybe 5\n\\boxed{5}</think>\n\nIt is 6.\n\n\\boxed{6}", "6"),
    ("so 3 then 4. Hmm, 7?</think>The answer is 8.", "8"),
    ("<think>\nThe answer is 12. But wait", None),
    # the last final statement
    ("First try: \\boxed{10}. That forgets the tip. The correct answer is 12.", "12"),
    ("The answer is 9. Wait, that is wrong. The answer is 11.", "11"),
    ("The final answer is \\boxed{21}. I hope it is correct.", "21"),
    ("The answer is 14.\n\nThe answer is consistent with the 2 facts.", "14"),
    # what cannot be read is not passed over for any other number
    ("There are 3 cats. \\boxed{\\text{odd}}", None),
    ("We have 12 coins. The answer is \\frac{\\pi}{6}.", None),
    ("He was born in 1990. The answer is unknown.", None),
    ("With 4 and 5 given, the answer is not possible to determine.", None),
    ("The answer is x + 3.", None),
    ("\\boxed{2x}", None),
    ("\\boxed{5 - 2i}", None),
    ("\\boxed{\\pm 4}", None),
    ("\\boxed{\\{1, 2\\}}", None),
    ("\\boxed{[0, 4)}", None),
    ("\\boxed{101_2}", None),
    # no number is made up
    ("The answer is 10-12 weeks.", None),
    ("The answer is between 4 and 6.", None),
    ("It takes from 3 to 4 days. The answer is 3-4 days.", None),
    ("The answer is 12/25/2020.", None),
    ("The answer is 2021-03-04.", None),
    ("The answer is 3 March.", None),
    ("Answer: Call 555-0199.", None),
    ("The answer is 6:45 pm.", None),
    ("The answer is 7 a.m.", None),
    ("The answer is 4 : 3.", None),
    ("The answer is 8 and 9.", None),
    ("The answer is 8, 9 and 10.", None),
    ("The answer is 2 feet 3 inches.", None),
    ("The answer is version 3.2.1.", None),
    ("#### 12 or 13", None),
    # signs and scale
    ("The answer is - 4.", "-4"),
    ("$x = - 7$, so the answer is $- 7$.", "-7"),
    ("The answer is \u2212 3.5.", "-3.5"),
    ("The answer is minus 6.", "-6"),
    ("The answer is negative 6.", "-6"),
    ("The answer is 2.4 billion people.", "2400000000"),
    ("The answer is 35 thousand.", "35000"),
    ("The answer is $40K.", "40000"),
    ("The answer is 7\u00bd hours.", "7.5"),
    ("The answer is \u2154.", "2/3"),
    ("The answer is 4 3/4 inches.", "4.75"),
    ("The answer is 6.02 \u00d7 10\u00b3.", "6020"),
    ("The answer is $2.5 \\cdot 10^{-2}$.", "0.025"),
    ("The answer is 2^5.", "32"),
    ("The answer is 25 cm\u00b3.", "25"),
    ("The answer is 9.8 m/s^2.", "9.8"),
    ("The answer is \u20ac 1.250.000.", "1250000"),
    ("La respuesta es 0,75.", "0.75"),
    ("Die Antwort lautet 2,5 Liter.", "2.5"),
    # languages
    ("\u56e0\u6b64\uff0c\u7b54\u6848\u662f 36\u3002", "36"),
    (
        "\u6240\u4ee5\u6700\u540e\u7684\u7b54\u6848\u4e3a\uff1a15\u5143\uff0c\u4e0d\u662f20\u5143",
        "15",
    ),
    ("La respuesta final es 24 porque 6 por 4 da 24, no 10.", "24"),
    ("La r\u00e9ponse est donc 12, avec 3 fois 4.", "12"),
    ("Die Antwort lautet 81 (9 mal 9).", "81"),
    (
        "\u7b54\u3048\u306f28\u3067\u3059\u30027\u304c4\u3064\u3042\u308b\u304b\u3089\u3067\u3059\u3002",
        "28",
    ),
    (
        "\u041e\u0442\u0432\u0435\u0442: 63 \u0440\u0443\u0431., \u0430 \u043d\u0435 36.",
        "63",
    ),
    ("A resposta \u00e9 33, pois 3 vezes 11.", "33"),
    ("La risposta \u00e8 17, non 71.", "17"),
    ("\uc815\ub2f5\uc740 45\uc785\ub2c8\ub2e4.", "45"),
]

CHOICES = [
    # markers
    ("It must be (C).", "C"),
    ("The most likely answer is D, since B is too small.", "D"),
    ("The best answer is (E) a park; (A) is too narrow.", "E"),
    ("My answer: B", "B"),
    ("The correct option is option C.", "C"),
    ("So the answer would be A.", "A"),
    ("I'd pick D.", "D"),
    ("I choose option B, since A has no source.", "B"),
    ("The answer seems to be A.\n\nAnswer: A", "A"),
    ("Antwort:\n\nAntwort: C", "C"),
    ("The correct answer is d.", "D"),
    ("B is the correct answer because A ignores friction.", "B"),
    ("Therefore (D) is correct. (A), (B) and (C) are not.", "D"),
    # the letter A
    ("The answer is A.", "A"),
    ("The correct choice is A because it is warm.", "A"),
    ("**A. bank**", "A"),
    ("Answer: A) complete job", "A"),
    ("A: bank", "A"),
    ("The best option is A: a bank, which has a security door.", "A"),
    ("I would pick B \u2014 a safe choice.", "B"),
    ("The answer is B because a car moves.", "B"),
    ("The answer is C because I computed the integral.", "C"),
    ("The answer is a bank.", None),
    ("Answer: A bank has such a door.", None),
    # dress
    ("$\\boxed{\\textbf{(D)}\\ 12}$", "D"),
    ("The answer is \\(C\\).", "C"),
    ("ANSWER: $A$", "A"),
    ("Answer: `B`", "B"),
    ("\\boxed{E: a polygenic score}", "E"),
    ("The answer is \uff08D\uff09\u3002", "D"),
    ("The answer is [C].", "C"),
    ("<answer>(b)</answer>", "B"),
    ('{"reason": "A is cold", "choice": "B"}', "B"),
    ("\\langle H\\rangle is \\boxed{\\Delta E}, so\n\n**Answer: D**", "D"),
    # negation and alternatives
    ("Not B. The answer is C.", "C"),
    ("The answer is not B, it is D.", "D"),
    ("The answer is C, not A.", "C"),
    ("The answer is C rather than A.", "C"),
    ("The answer is either A or C.", None),
    ("The answer is A and D.", None),
    ("A, B and C are all correct.", None),
    ("The answer is A/B.", None),
    ("Neither (A) nor (B) fits.", None),
    ("I considered (A), but it is incorrect. Final answer: D.", "D"),
    # no letter is made up
    ("She has hepatitis B.", None),
    ("He got a grade of C.", None),
    ("Plan B did not work, so they stayed.", None),
    ("I do not know.", None),
    ("(A) red (B) blue (C) green", None),
    ("A) red\nB) blue\nC) green\n\nThe answer is blue.", None),
    ("All of the above", None),
    # languages
    ("La respuesta correcta es la C.", "C"),
    ("La bonne r\u00e9ponse est B.", "B"),
    ("\u6b63\u78ba\u306a\u7b54\u3048\u306fD\u3067\u3059\u3002", "D"),
    (
        "\u0412\u0435\u0440\u043d\u044b\u0439 \u043e\u0442\u0432\u0435\u0442: C",
        "C",
    ),
    ("\u9009\u62e9C\uff0c\u56e0\u4e3aA\u548cB\u90fd\u9519\u3002", "C"),
    ("\u6545\u9009B\u3002", "B"),
]

YES_NO = [
    ("Yes, there is no problem with that.", "yes"),
    ("No, there is no such bird.", "no"),
    ("There is no evidence either way.", None),
    ("A film of no great length.", None),
    ("He has no brother. So the answer is yes.", "yes"),
    ("Snow is cold. So yes.", "yes"),
    ("Fish have no legs. Therefore, no.", "no"),
    ("No doubt about it: a penguin is a bird. The answer is yes.", "yes"),
    ("Answer: Yes. No further steps are needed.", "yes"),
    ("The answer is **Yes**, as no rule forbids it.", "yes"),
    ("**Answer:** no", "no"),
    ('The answer is: "False".', "no"),
    ("The statement is false.", "no"),
    ("This is not true.", "no"),
    ("It is true that water boils at a lower temperature there.", "yes"),
    ("\\boxed{\\text{no}}", "no"),
    ('{"answer": "yes"}', "yes"),
    ('{"answer": false}', "no"),
    ("<answer>No</answer>", "no"),
    ("<think>no, wait</think>Yes", "yes"),
    ("The answer is yes and no.", None),
    ("It is impossible to say yes or no.", None),
    ("Answer: it depends.", None),
    ("The answer could be yes, but the facts are not known.", None),
    ("Die Antwort ist nein.", "no"),
    ("La respuesta es s\u00ed.", "yes"),
    ("La r\u00e9ponse est non.", "no"),
    ("\u7b54\u6848\uff1a\u662f", "yes"),
    ("\u7b54\u3048\u306f\u300c\u3044\u3044\u3048\u300d\u3067\u3059\u3002", "no"),
    ("\u041e\u0442\u0432\u0435\u0442: \u0434\u0430", "yes"),
]


@pytest.mark.parametrize(("text", "answer"), NUMBERS)
def test_numbers(text: str, answer: str | None) -> None:
    assert extract_answer(text, "number") == answer


@pytest.mark.parametrize(("text", "answer"), CHOICES)
def test_choices(text: str, answer: str | None) -> None:
    assert extract_answer(text, "choice") == answer


@pytest.mark.parametrize(("text", "answer"), YES_NO)
def test_yes_or_no(text: str, answer: str | None) -> None:
    assert extract_answer(text, "yes_no") == answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (J).\n\nFinal Answer: The answer is ... J.", "J"),
        ("The answer is (J).\n\nFinal answer:", "J"),
        ("The answer is (F).\n\nNow, let's summarize all the answers:\nA. 10\nB. 8", "F"),
        ("Answer: A (work)", "A"),
        ("Answer: (B) wall (E) table", None),
        ("Answer: The rate is 6 kmph. (B)", "B"),
    ],
)
def test_choices_as_published_outputs_write_them(text: str, letter: str | None) -> None:
    assert extract_answer(text, "choice") == letter


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("14 x 8 = 112\n\nAnswer: It will take 48 hours to fit the other 6 windows.", "48"),
        ("40/5 = 8\n\nAnswer:\nShe put 40 cards into 5 albums with 8 cards in each.", "8"),
        ("Answer: 96 potatoes can make 576 hash browns.", "576"),
        ("There are 9 storks and 4 birds. Therefore, there are 5 more storks than birds.", "5"),
        ("He has 3 cats, 9 dogs and 7 birds, for a total of 19 pets.", "19"),
        ("Given:\nEggs: 10\nQuestion: How many are left?\n\n10 - 4 = 6\nAnswer: 6 eggs", "6"),
        ("Answer: He slept for 7 hours 32 minutes.", None),
        ("Answer: She has to read 3x pages.", None),
        ("Answer: Paul can buy 2 5 dollar toys.", "2"),
    ],
)
def test_numbers_as_published_outputs_write_them(text: str, number: str | None) -> None:
    assert extract_answer(text, "number") == number
