"""Much at once: mailboxes and people from CSV files, and as such files."""
