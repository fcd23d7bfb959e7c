"""What the documentation's site is made from beside docs/."""
