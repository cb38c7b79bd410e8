"""Templates: prepared texts of a function mailbox or of a person, with fields that are filled in when inserted.

`fields` finds and fills in the fields of a text, `store` stores the templates sealed, `choosing` offers them to the
writer of a message, `pages` is where they are written, `advice` warns about a field that is still empty, and `sweeping`
removes those whose mailbox or account is gone.
"""
