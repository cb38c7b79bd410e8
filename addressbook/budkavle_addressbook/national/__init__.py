"""The local copy of the national address book: fetched, read, stored whole, and searched.

`client` fetches pages of JSON, `jsonapi` reads them (pure), `copy` replaces the rows in one transaction, and `entries`
turns rows into entries of a directory.
"""
