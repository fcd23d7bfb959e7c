"""Published estimators that are kept for comparison only."""
