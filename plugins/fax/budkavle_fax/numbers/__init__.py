"""Fax numbers: how they are written, which organisation and mailbox has which, and their names.

`formats` is pure. `ranges` has the numbers that the installation gives an organisation, `mailbox_numbers` the numbers
of each mailbox, and `contacts` and `name_lookup` a mailbox's names for other numbers.
"""
