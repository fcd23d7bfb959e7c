"""Properties of a benchmark's items: difficulty, discrimination, fit, and which look wrong."""
