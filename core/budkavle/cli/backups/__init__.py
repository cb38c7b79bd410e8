"""Commands around backups: making, verifying and restoring them, what follows a restore, and the files of the store."""
