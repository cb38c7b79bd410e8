"""Commands for backups: making, verifying and restoring them, the quarantine after a restore, and the stored files."""
