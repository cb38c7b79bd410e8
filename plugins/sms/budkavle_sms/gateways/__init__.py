"""Who carries the messages: 46elks, any HTTP service, an SMPP message centre, or the log of development.

Each implements the protocol in `base`: it takes one message and answers how the handing over went. A gateway knows
its own settings and the states of notices, and nothing of the database.
"""
