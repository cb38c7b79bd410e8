"""The pages: contacts and favourites, a mailbox's link to the address book, and the changes to review.

Only `plugin` uses them.
"""
