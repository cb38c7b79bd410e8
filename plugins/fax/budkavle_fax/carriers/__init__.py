"""Who carries the faxes: a HylaFAX server, an e-mail service, an HTTP service, or the simulated one of development.

Each implements the protocol in `base`. A carrier takes a finished TIFF file and answers how far a fax has come; it
knows its own settings and nothing of messages, mailboxes or the database.
"""
