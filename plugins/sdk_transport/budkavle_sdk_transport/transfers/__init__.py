"""Transfers afterwards: the log of what went and came, and the documents of one delivery as files.

The pages and commands that show them are in `pages` and `commands`.
"""
