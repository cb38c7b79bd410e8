"""The history of the core's tables; `budkavle.storage.database.migrate` runs it and those of the plugins."""
