"""Absence: an automatic reply, once to each sender, and a colleague who stands in.

`auto_reply` holds what a user has set, `auto_reply_sending` answers a message that has come in, and `pages` is the page
Frånvaro.
"""
