"""The pages: those of a link for guests, a user's choice of notices, and the development outbox.

`link` has the routes, `guests` decides who may read, `views` renders the templates, and `replies` receives an answer.
Only `plugin` calls them.
"""
