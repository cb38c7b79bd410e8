"""The SDK message: its XML, its rules, and the conversion from and to a message of the platform.

It knows `formats`. Whatever wraps a message (signature, encryption, envelope) is in `envelope`.
"""
