"""The pages: contacts and favourites, a mailbox's link to the address book, and the changes that need a look.

They are called by nothing but `plugin`.
"""
