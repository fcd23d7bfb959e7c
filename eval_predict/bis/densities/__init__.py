"""Densities of prompts in feature space, one model a file."""
