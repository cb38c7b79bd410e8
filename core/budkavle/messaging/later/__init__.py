"""Messages that are sent at a time that their author chooses."""
