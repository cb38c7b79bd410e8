"""Ekonomi: what each organisation uses in a month, what it costs, and reports that never change.

`figures` counts a month from the totals of the event log and the peaks of the month, `prices` is the price list,
`months` closes a month, stores the result and takes corrections, `report` makes the PDF and the CSV, and `pages` are
the pages under Administration.
"""
