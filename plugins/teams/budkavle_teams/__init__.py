"""Microsoft Teams: the same inbox as a tab in Teams, where people sign in with their account in Teams."""
