"""Destinations: what fails together within a transport, such as one mail server or one receiving organisation.

Each has its own queue and limit of concurrent attempts, so that a dead destination does not slow down the others.
"""
