"""The error of an estimator that was not fitted."""

from sklearn import exceptions

from eval_predict.errors import UserError


class NotFittedError(UserError, exceptions.NotFittedError):  # type: ignore[misc]  # has no types
    """An estimator was used before `fit`; also scikit-learn's error of this name."""
