"""Sending one mail: its bytes, the connection to the mail server, and the outbox of development.

`sender` chooses between the mail server (`smtp`) and `outbox`. What the mails say is not decided here, but in `texts`.
"""
