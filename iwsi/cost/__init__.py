"""What a run will take, from a few counts and from rates that this machine has shown."""
