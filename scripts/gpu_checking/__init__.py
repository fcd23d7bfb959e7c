"""What a GPU does that a CPU cannot show: the checks behind `scripts/gpu_checks.py`."""
