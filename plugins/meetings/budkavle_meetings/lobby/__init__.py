"""Joining a meeting: the waiting page, identification, the lobby and admission."""
