"""Candidates and filter sections that tests of filters share."""

import numpy as np

from iwsi.filter.methods import METHODS
from iwsi.filter.verdict import Candidates
from iwsi.recipe.filter import filter_section, owners


def made_candidates(reasons, **measured):
    """Candidates of one question each by default; entropy 0, all of like length."""
    size = len(reasons)
    columns = {
        "question_C": np.arange(size),
        "vote_share_C": np.ones(size),
        "vote_entropy_C": np.zeros(size),
        "text_C": [f"text {i}" for i in range(size)],
        "num_tokens_C": np.full(size, 10),
    }
    columns |= {name: np.array(values) for name, values in measured.items()}
    return Candidates(vote_reason_C=np.array(reasons, dtype=object), **columns)


def judge(method, given, **rule):
    """What a method says of candidates, with these keys of its section."""
    return METHODS[method].judge(given, section(method, **rule))


def section(method, **keys):
    """A method's section, with those of the keys that it has."""
    keys = {"reward_model": "org/model"} | keys
    return filter_section(method, **{k: v for k, v in keys.items() if method in owners(k)})
