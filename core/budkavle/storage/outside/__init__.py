"""What tells a restored database from one that has gone on: a number and a ledger outside of it, and its quarantine."""
