"""What people do with a case, the lists and counts of cases, their messages and attachments at rest, and search.

Knows `accounts` and `identification`; nothing of how a message is delivered.
"""
