"""How much wider an interval is that holds at every look."""

from eval_predict.stats.confidence_sequence import widening

_USUAL_SHARE = 0.1  # share of the items at which the confidence sequence is narrowest


def peeking_factor(count: int, num_items: int, level: float) -> float:
    """The ratio of the widths, after `count` of the items; 1 once all were run."""
    if count >= num_items:
        return 1.0
    usual = _USUAL_SHARE * num_items / (1 - _USUAL_SHARE)
    return widening(count / (1 - count / num_items), usual, level)
