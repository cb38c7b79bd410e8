"""What is kept: PostgreSQL and its tables, the vault and its keys, blobs, the event log, locks.

Knows `model` and `plugins`; nothing of who may do what.
"""
