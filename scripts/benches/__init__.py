"""The benchmarks behind bench.py."""
