from sklearn.exceptions import NotFittedError as SklearnError

from eval_predict import NotFittedError, UserError


def test_an_unfitted_estimator_raises_scikit_learns_error_and_ours():
    assert issubclass(NotFittedError, SklearnError)
    assert issubclass(NotFittedError, UserError)
