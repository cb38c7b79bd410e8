"""Bulk import and export: mailboxes and their members from and to CSV files."""
