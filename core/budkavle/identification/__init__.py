"""How somebody shows who they are: the flow of an identity provider, sessions, guests, linked identities, rate limits.

Knows `accounts`; nothing of cases or messages.
"""
