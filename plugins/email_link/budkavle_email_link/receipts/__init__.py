"""What mail servers report about our mails: delivery status notifications from a pipe or a Maildir.

`status_notifications` reads one report and is pure. `bounces` notes it on the delivery or the account that it is about;
`account_bounces` gives each mail to a user an address of its own.
"""
