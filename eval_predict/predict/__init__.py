"""Estimates the whole benchmark's score from a few observed items, with an interval."""
