"""What people save: contacts of a person or a mailbox, and favourites from the national address book.

`contact` is pure. `books` and `favourites` seal contacts in the database and find them only by whose they are.
"""
