"""The files of the store beside the rows that refer to them: compared, swept, and moved to another store."""
