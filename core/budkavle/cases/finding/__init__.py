"""Searching cases by content, without storing their words: a table of keyed hashes, and its queries.

`words` folds and cuts texts, `texts` gathers what a case says, `index` writes the table in a job, `query` asks it.
"""
