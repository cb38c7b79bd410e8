"""When somebody is busy, from Exchange through Graph or from a CalDAV server. Nothing is stored.

`exchange` and `caldav` each return `Busy` times; `sources` chooses between them by the mailbox's settings.
"""
