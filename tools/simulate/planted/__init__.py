"""Faults that are planted on purpose, each a patch of the product: the simulator must find them."""
