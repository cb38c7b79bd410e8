"""Ekonomi: what each organisation uses in a month, what it costs, and reports that never change.

`figures` counts a month from the event log's totals and the months' peaks, `prices` is the price list, `months` closes
a month, keeps what was counted and takes corrections, `report` sets the PDF and writes the CSV, and `pages` are the
pages under Administration.
"""
