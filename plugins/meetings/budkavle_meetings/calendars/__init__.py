"""When somebody is busy, as a calendar says it: Exchange by Graph, or a CalDAV server. Nothing of it is kept.

`exchange` and `caldav` each give `Busy` times; `sources` chooses by what a mailbox's settings say.
"""
