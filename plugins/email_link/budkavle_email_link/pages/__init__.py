"""The pages: a link's own pages for guests, a user's choice of notices, and the outbox of development.

`link` has the addresses, `guests` decides who may read, `views` fills the templates, and `replies` takes an answer.
They are called by nothing but `plugin`.
"""
