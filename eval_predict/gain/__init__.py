"""The gain of a round of self-training, from a few items of the benchmark."""
