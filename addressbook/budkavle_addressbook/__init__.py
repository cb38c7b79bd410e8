"""Contacts, the SDK address book and the link between mailbox and identifier."""
