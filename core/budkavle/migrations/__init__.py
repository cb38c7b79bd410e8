"""The history of the core's tables; `budkavle.database.migrate` runs it and those of the plugins."""
