"""Engines that turn prompts into candidates, and the driver that writes them to shards."""
