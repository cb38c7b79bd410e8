"""Loggkontroll: who opened what is looked through again and again, reviewed, and told to the person it is about.

`accesses` reads who opened which case from the event log. `rules` says what of it is to be looked at, `sampling` draws
at random what is looked at beside that, and `control` does both, in a job. `reviews` keeps what waits and what somebody
has judged, `summaries` counts a month, `extracts` tells a citizen in words who has opened a case, and `files` writes
PDF and CSV.
"""
