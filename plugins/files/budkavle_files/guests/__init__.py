"""Guests: people without an account who reach a part of a tree by a link, and show who they are first."""
