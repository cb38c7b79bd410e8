"""The parts of one message: the phone number, the sender, and how many segments a text becomes.

Everything here is pure: no settings, no database, no network.
"""
