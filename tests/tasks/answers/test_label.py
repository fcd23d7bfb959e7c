import pytest

from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.answers import extract_answer

NLI = LabelAnswer(of=("entailment", "neutral", "contradiction"), synonyms={"follows": "entailment"})


TOPICS = LabelAnswer(of=("World", "Sports", "Science and Technology"))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The answer is entailment.", "entailment"),
        ("**Contradiction**", "contradiction"),
        ("So it is not neutral but contradiction.", "contradiction"),
        ("The premise does not tell. Therefore the label is neutral.", "neutral"),
        (r"\boxed{\text{neutral}}", "neutral"),
        ("<answer>Follows</answer>", "entailment"),
        ('{"label": "neutral"}', "neutral"),
        ("The answer is either neutral or contradiction.", None),
        ("Entailment or contradiction? The answer is unclear.", None),
        ("neutrality is a virtue", None),
        ("I do not know.", None),
    ],
)
def test_labels(text: str, label: str | None) -> None:
    assert extract_answer(text, NLI) == label


def test_labels_of_several_words() -> None:
    assert extract_answer("Topic: science  and technology", TOPICS) == "Science and Technology"
    assert extract_answer("The answer is SPORTS.", TOPICS) == "Sports"
