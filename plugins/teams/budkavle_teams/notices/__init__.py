"""Activity notices in Teams: a way to tell members what comes to a mailbox, never what it says.

The core knows who wants to be told of what, and when. `recipients` has the accounts in Teams, `way` asks for a notice,
`sending` hands it to Microsoft Graph, `pages` is where a person lets Teams tell, and `section` is the organisation's.
"""
