"""Secure messages to people without an account: the notification by e-mail, the link's pages, bounces, reminders."""
