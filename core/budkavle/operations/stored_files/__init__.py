"""The files in the store and the rows that refer to them: compared, swept, and moved to another store."""
