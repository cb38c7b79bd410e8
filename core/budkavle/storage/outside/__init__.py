"""What tells a restored database from one that has gone on: a number outside of it, and its quarantine."""
