"""Mails to registered users: that a secure message waits, and that how they sign in has changed.

Both are queued in an outbox of the core, which sees them sent.
"""
