"""Files: catalogues, files and notes that people and function mailboxes share, with versions."""
