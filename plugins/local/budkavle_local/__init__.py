"""Messages between the mailboxes of one installation, also of different organisations.

`transport` puts a message into the recipient's mailbox, `openings` lets its sender see what the reader does, and
`directory` finds people and function mailboxes.
"""
