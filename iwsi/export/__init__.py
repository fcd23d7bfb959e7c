"""A run's result for others: adapter or merged model with its card, kept data, per-item scores."""
