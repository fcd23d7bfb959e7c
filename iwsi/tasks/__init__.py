"""Rows become prompts and gold answers; texts become answers."""
