"""Contacts, the national address book of SDK, and the link between a mailbox and its identifier there.

`directory` is what the recipient picker searches: the copy in `national` and the books in `contacts`. `links` and
`participants` say who is who in the federation, and `changes` watches what happens to saved recipients.
"""
