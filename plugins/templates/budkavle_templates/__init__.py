"""Templates: ready texts of a function mailbox or of a person, with fields that are filled in where they are put in.

`fields` reads and fills in the fields of a text, `store` keeps the templates sealed, `choosing` offers them to whoever
writes, `pages` is where they are written, `advice` warns of a field that is still empty, and `sweeping` removes those
whose mailbox or account is gone.
"""
