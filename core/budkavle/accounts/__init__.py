"""Organisations, users, function mailboxes, and who may touch what.

Knows `storage`; nothing of cases or messages.
"""
