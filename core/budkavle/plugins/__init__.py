"""How plugins are found, checked and called: hook specifications, Protocols, the registry, isolated calls.

Knows `model` and the settings; no database and no rule of the messages.
"""
