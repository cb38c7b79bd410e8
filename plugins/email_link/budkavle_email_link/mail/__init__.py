"""Sending one mail: its bytes, the connection to the mail server, and the development outbox.

`sender` chooses between the mail server (`smtp`) and `outbox`. The texts of the mails are in `texts`.
"""
