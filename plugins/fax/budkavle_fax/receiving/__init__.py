"""Faxes that come in: from HylaFAX's folder, from a Maildir, or from a service that calls `routes`.

`inbound` stores a fax as a message of the mailbox that has the number; `message_text` writes what that message says.
A file leaves its folder only when its fax is stored.
"""
