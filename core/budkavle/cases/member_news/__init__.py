"""Notifying the members of a mailbox of what it receives: their choices, the pending news, and the sending."""
