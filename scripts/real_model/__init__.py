"""The study on a real model: three public tasks, warm start, votes, scores, one round an arm."""
