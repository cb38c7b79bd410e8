"""Secure messages to people without an account: a link by e-mail, the pages behind it, bounces and reminders.

`transport` makes a link and mails it, `provider` identifies by a code in a mail, `jobs` sends reminders. Mails are
written in `texts` and leave through `mail`; what comes back about them is read in `receipts`.
"""
