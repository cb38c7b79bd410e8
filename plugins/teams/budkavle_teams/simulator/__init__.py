"""A stand-in for tests: the part of Teams that shows an app and communicates with it."""
