"""Score matrices, observed items and prompts: their types, their files and their readers."""
