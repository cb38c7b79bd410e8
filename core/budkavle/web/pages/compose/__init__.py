"""The page on which a message is written: its form, its recipients, and sending."""
