import numpy as np
from conftest import MODEL

from iwsi.recipe import Model
from iwsi.scoring.distinct import distinct_samples
from iwsi.scoring.weigher import Weigher
from iwsi.tasks.sample_text import Samples

PROMPTS = [
    "Question: Tom has 3 pens. Tom finds 4 more. How many pens does Tom have now?\nAnswer:",
    "Question: How many?\nAnswer:",
    "Question: Ann has 12 cards and gives away 5. How many cards does Ann have now?\nAnswer:",
]
COMPLETIONS = [" 3 + 4 = 7. The answer is 7.", " The answer is 1.", " 12 - 5 = 7. The answer is 7."]


def test_equal_texts_are_scored_once_and_groups_come_back_apart():
    weigher = Weigher(
        Model(name=str(MODEL)),
        few_shot="",
        separator=" ",
        loss_over="completion",
        batch_tokens=4096,
    )
    totals = []
    texts = [text.strip() for text in COMPLETIONS]
    first, second = weigher.losses(
        [Samples(PROMPTS, texts), Samples(PROMPTS[:2] * 5, [texts[0], f"{texts[1]}\n"] * 5)],
        lambda done, total: totals.append(total),
    )
    assert set(totals) == {3}
    np.testing.assert_array_equal(second, np.tile(first[:2], 5))


def test_samples_are_the_same_by_their_tokens_or_else_by_their_trimmed_texts():
    first = Samples(["p", "p", "q"], ["a", " a ", "a"])
    tokens = [np.array([1, 2], np.int32), np.array([1, 2], np.int32), None]
    second = Samples(["p", "p", "p"], ["x", "y", "a"], tokens, np.array([-1.0, -2.0, -3.0]))
    found = distinct_samples([first, second])
    assert found.samples.texts == ["a", "a", "x"]
    assert found.position.tolist() == [0, 0, 1, 2, 2, 0]
    assert found.sampled_N.tolist() == [False, False, True]
