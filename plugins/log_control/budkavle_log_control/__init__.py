"""Loggkontroll: openings of cases are checked regularly, reviewed, and shown to the citizen they concern.

`accesses` reads from the event log who opened which case. `rules` selects suspicious openings, `sampling` draws random
ones besides, and `control` runs both, in a job. `reviews` stores what waits for review and the verdicts, `summaries`
counts a month, `extracts` tells a citizen in words who has opened a case, and `files` writes PDF and CSV.
"""
