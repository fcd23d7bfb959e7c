import pyarrow as pa

from iwsi.filter.correct import correct

VOTES = pa.table(
    {
        "question_id": ["q2", "q1", "q1", "q1"],
        "answer": pa.array(["7", "1/2", "0.5", None], pa.string()),
    }
)
GOLD = pa.table({"question_id": ["q1", "q2"], "gold": ["0.5", "8"]})


def test_an_answer_is_right_where_it_is_its_questions_label():
    assert correct(VOTES, GOLD).tolist() == [False, False, True, False]


def test_an_answer_in_another_form_is_compared_once_and_a_missing_one_never():
    compared = []

    def same(answer, label):
        compared.append((answer, label))
        return (answer, label) == ("1/2", "0.5")

    twice = pa.concat_tables([VOTES, VOTES])
    assert correct(twice, GOLD, same).tolist() == [False, True, True, False] * 2
    assert sorted(compared) == [("1/2", "0.5"), ("7", "8")]
