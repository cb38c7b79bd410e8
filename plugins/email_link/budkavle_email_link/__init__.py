"""Secure messages to people without an account: a link by e-mail, the pages behind it, bounces and reminders.

`transport` creates a link and mails it, `provider` identifies a person by a code in a mail, and `jobs` sends reminders.
`texts` writes the mails, `mail` sends them, and `receipts` parses the bounces.
"""
