"""Destinations: what fails together within a transport, such as one mail server or one receiving organisation.

Each has a queue of its own and as many attempts at a time as it bears, so that one that is dead costs the others
nothing.
"""
