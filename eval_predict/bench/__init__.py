"""Benches: splits, runner, results, and the protocols of BIS and gain."""
