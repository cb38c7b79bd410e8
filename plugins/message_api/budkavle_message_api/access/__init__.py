"""Who may use the API: an organisation's clients, their keys and scopes, and the access tokens that they get.

`clients` stores the clients, `pages` shows them to administrators, and `tokens` gives and checks access tokens.
"""
