"""Finding entries of the event log by what they name, and proving their place in its chain."""
