"""Finding cases by what stands in them, without keeping their words: a table of keyed hashes, and how it is asked.

`words` folds and cuts texts, `texts` gathers what a case says, `index` writes the table in a job, `query` asks it.
"""
