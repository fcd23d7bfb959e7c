"""Statistics that several rooms share: estimates, intervals, survey weights, draws, ridge."""
