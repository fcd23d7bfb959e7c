"""What a benchmark's items are like: difficulty, discrimination, fit, and which look wrong."""
