"""What stands behind the commands of `iwsi.cli`, but for the loop itself."""
