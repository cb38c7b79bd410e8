"""Saved recipients: contacts of a person or a mailbox, and favourites from the national address book.

`contact` is pure. `books` and `favourites` access the database, and find rows only by their owner.
"""
