"""Commands around backups: making, verifying and restoring them, and what follows a restore."""
