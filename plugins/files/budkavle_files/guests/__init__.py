"""Guests: people without an account who open a part of a tree by a link, after identifying."""
