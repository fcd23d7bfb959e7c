"""What a round was worth, from a few test items: which are run, and what they say."""
