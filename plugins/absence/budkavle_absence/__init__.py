"""Absence: an automatic reply, once to each sender, and a colleague as a substitute.

`auto_reply` has the setting of a user, `auto_reply_sending` answers an incoming message, `missed` answers those that
the plugin was never told of, and `pages` is the page Frånvaro.
"""
