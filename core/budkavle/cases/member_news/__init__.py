"""Notifying the members of a mailbox of new messages: their choices, the pending news, and the sending."""
