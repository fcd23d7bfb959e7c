"""Faults that end or damage a run, and what a run has to make of them."""
