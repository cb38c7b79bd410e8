"""The pane in Outlook, what it reads and sends, and the page of administrators."""
