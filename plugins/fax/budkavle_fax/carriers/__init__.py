"""Carriers of faxes: a HylaFAX server, an e-mail service, an HTTP service, or a simulated one for development.

Each implements the protocol in `base`. A carrier takes a finished TIFF file and reports the progress of each fax. It
knows its own settings, but nothing of messages, mailboxes or the database.
"""
