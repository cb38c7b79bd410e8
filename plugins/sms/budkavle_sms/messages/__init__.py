"""The parts of a message: the phone number, the sender, and the number of segments of a text.

Everything here is pure: no settings, no database, no network.
"""
