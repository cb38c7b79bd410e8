"""Microsoft Teams: the same inbox as a tab in Teams, signed in to by the account of the organisation there."""
