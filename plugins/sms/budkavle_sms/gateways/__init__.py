"""The gateways: 46elks, any HTTP service, an SMPP message centre, or a log for development.

Each implements the protocol in `base`: it takes a message and reports whether it was handed over. A gateway knows its
own settings and the states of notices, but nothing of the database.
"""
