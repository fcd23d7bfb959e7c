import numpy as np

from iwsi.evaluation.features import MIN_QUESTIONS, item_features


def _prompts(rng, count):
    """Sums of two to nine numbers; the longer the harder."""
    lengths = rng.integers(2, 10, count)
    return [" + ".join(["7"] * length) for length in lengths], lengths.astype(float)


def test_the_vote_share_of_test_items_is_predicted_from_the_training_questions():
    rng = np.random.default_rng(0)
    train, train_length = _prompts(rng, 200)
    test, test_length = _prompts(rng, 100)
    share = np.clip(1 - train_length / 12 + rng.normal(0, 0.05, 200), 0, 1)
    features = item_features(test, None, None, train, share)
    assert features.names == ("vote_share",)
    assert np.corrcoef(features.values_NF[:, 0], -test_length)[0, 1] > 0.95


def test_the_bases_answers_give_their_confidence_and_length():
    logprob, tokens = np.array([-2.0, -8.0]), np.array([4.0, 0.0])
    features = item_features(["a", "b"], logprob, tokens, [], np.array([]))
    assert features.names == ("base_logprob", "base_tokens")
    assert features.values_NF.tolist() == [[-0.5, np.log(4)], [-8.0, 0.0]]


def test_without_any_input_there_are_no_features():
    features = item_features(["a", "b", "c"], None, None, ["a"], np.array([np.nan]))
    assert features.values_NF.shape == (3, 0)


def test_equal_vote_shares_give_no_feature():
    train = [f"{i} + 1" for i in range(MIN_QUESTIONS)]
    assert item_features(["1"], None, None, train, np.ones(MIN_QUESTIONS)).names == ()
