"""Warns a writer of personal numbers and sensitive words before they are sent on too low a level; entirely local."""
