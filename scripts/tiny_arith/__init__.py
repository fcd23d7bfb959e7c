"""Parts of the script that makes the tiny arithmetic model and its data."""
