"""Messages that are sent at a time that their writer chooses."""
