"""A federation on one machine: authority, metadata publisher, address book, access point, organisations.

For the demo and the tests; its keys are thrown away with its folder and are worth nothing elsewhere.
"""
