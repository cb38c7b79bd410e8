"""Reports from mail servers about our mails: delivery status notifications from a pipe or a Maildir.

`status_notifications` parses one report and is pure. `bounces` records it on its delivery or notice. `account_bounces`
gives each mail to a user its own bounce address.
"""
