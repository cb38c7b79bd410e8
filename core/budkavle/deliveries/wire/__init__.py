"""The exact bytes that a transport has handed over, or is about to."""
