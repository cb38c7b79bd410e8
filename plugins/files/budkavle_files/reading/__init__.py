"""Who has opened what and when, and who is writing now."""
