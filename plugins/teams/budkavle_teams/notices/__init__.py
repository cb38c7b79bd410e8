"""Activity notices in Teams: they tell members that something has arrived in a mailbox, never what it says.

The core knows who wants to be notified of what, and when. `recipients` stores the accounts in Teams, `way` requests
notices, `sending` sends them to Microsoft Graph, `pages` lets a person allow them, and `section` is the organisation's.
"""
