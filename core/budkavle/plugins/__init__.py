"""How plugins are found, checked and called: hook specifications, Protocols, the registry, isolated calls.

Knows `model` and the settings, but neither the database nor the rules for messages.
"""
