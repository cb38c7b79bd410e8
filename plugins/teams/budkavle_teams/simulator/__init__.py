"""Stand-ins for tests: a tenant of Entra ID, and the part of Teams that shows an app and speaks with it."""
