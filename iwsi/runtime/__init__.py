"""Code about the machine and not the task: CPU products, the allocator, start-up times."""
