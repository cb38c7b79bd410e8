"""Outlook: an add-in that sends what stands in a draft as a secure message, and opens a notice that has come."""
