"""Filters that rank answers by a model's score: a rating, a reward, a density ratio."""

from iwsi.filter.method import Method
from iwsi.filter.shared import best_share, required
from iwsi.filter.verdict import Candidates, Verdict
from iwsi.recipe.filter import Density, RewardModel, SelfRating


def self_rated(candidates: Candidates, rule: SelfRating) -> Verdict:
    """Keep the share of the majority that the model itself rates highest.

    Source: Self-filter, a baseline of arXiv:2408.09849.
    """
    rating_C = required(candidates.rating_C)
    return best_share(candidates, rule, -rating_C, rating_C, "low_rating", "no_rating")


def reward(candidates: Candidates, rule: RewardModel) -> Verdict:
    """Keep the share of the majority that a reward model scores highest.

    Source: RM-filter, a baseline of arXiv:2408.09849.
    """
    reward_C = required(candidates.reward_C)
    return best_share(candidates, rule, -reward_C, reward_C, "low_reward", "no_reward")


def density(candidates: Candidates, rule: Density) -> Verdict:
    """Keep the share of the majority whose hidden states are most like validation rows'."""
    ratio_C = required(candidates.log_ratio_C)
    return best_share(candidates, rule, -ratio_C, ratio_C, "low_density_ratio", "no_density_ratio")


METHODS = (
    Method(SelfRating, self_rated, frozenset({"ratings"})),
    Method(RewardModel, reward, frozenset({"rewards"})),
    Method(Density, density, frozenset({"shift"})),
)
