"""Evaluation of a round: the full test, the forecast from a part of it, and the gate."""
