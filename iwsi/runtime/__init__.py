"""What concerns the machine and not the task: CPU products, the allocator, start-up times."""
