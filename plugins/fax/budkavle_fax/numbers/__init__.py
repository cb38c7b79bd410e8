"""Fax numbers: how they are written, which organisation and mailbox has which, and who answers at them.

`formats` is pure. `ranges` holds what the installation gives an organisation, `mailbox_numbers` the number of each
mailbox, and `contacts` and `names` what a mailbox calls the numbers of others.
"""
