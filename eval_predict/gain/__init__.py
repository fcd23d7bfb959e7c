"""What a round of self-training was worth, from a few items of the benchmark."""
