"""Outlook: an add-in that sends a draft as a secure message, and opens the message of a notice."""
