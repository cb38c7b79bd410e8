"""The local copy of the national address book: fetched, read, stored as a whole, and searched.

`client` fetches pages of JSON, `jsonapi` reads them (pure), `local_copy` replaces the rows in one transaction, and
`entries` turns rows into entries of a directory.
"""
