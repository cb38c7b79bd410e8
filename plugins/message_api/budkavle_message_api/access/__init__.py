"""Access to the API: an organisation's clients, their keys and scopes, and the access tokens they get.

`clients` stores the clients, `pages` shows them to administrators, and `tokens` issues and checks access tokens.
"""
