"""Who has opened what, and when."""
