"""Item response models: one multidimensional 2PL and the item bank fitted from a history."""
