"""Backups of an installation: made from one snapshot, verified, restored into an empty installation, and tested."""
