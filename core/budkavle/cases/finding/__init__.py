"""Search in the content of cases without storing their words: a table of keyed hashes, and its queries.

`words` normalises and splits texts, `texts` gathers a case's texts, `index` writes the table in a job, `query` reads
it.
"""
