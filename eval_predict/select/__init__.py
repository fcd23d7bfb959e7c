"""Which items to run for a new model."""
