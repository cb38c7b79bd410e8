"""The page for writing a message: its form, its recipients, and sending."""
