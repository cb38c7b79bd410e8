"""Messages between the mailboxes of one installation, also of different organisations.

`transport` puts a message into the recipient's mailbox, `openings` reports the reader's actions to the sender, and
`directory` finds people and function mailboxes.
"""
