"""Vote, DS weight and answers over a user's own files."""
