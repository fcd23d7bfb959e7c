"""Which candidates are trained on: vote, losses, DS weight, selection."""
