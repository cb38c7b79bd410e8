"""Incoming faxes: from HylaFAX's folder, from a Maildir, or from a service that calls `routes`.

`inbound` stores a fax as a message to the mailbox with the number; `message_text` writes its text. A file leaves its
folder only when its fax is stored.
"""
