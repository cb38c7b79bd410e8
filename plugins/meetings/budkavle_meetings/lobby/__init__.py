"""The way in: the waiting page, identification, the lobby and admission."""
