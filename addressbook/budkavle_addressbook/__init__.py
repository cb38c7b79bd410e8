"""Contacts, the national address book of SDK, and the link between a mailbox and its identifier there.

`directory` has the directories of the recipient picker: the copy in `national` and the books in `contacts`. `links` and
`participants` map mailboxes and organisations to the federation, and `watch` monitors the saved recipients.
"""
