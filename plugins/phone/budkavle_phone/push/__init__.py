"""Telling of new cases by Web Push: which devices, of which mailboxes, when, and how it is sealed and signed."""
