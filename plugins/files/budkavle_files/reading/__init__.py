"""Who has opened what and when, and who writes right now."""
