"""Finding event log entries by what they name, and proving their place in the chain."""
