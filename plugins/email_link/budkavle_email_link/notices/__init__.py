"""Notices to registered users: that a secure message waits, and that how they sign in has changed.

They are asked for here, as any plugin asks for notices; `notifier` sends them where this plugin sends the mails.
"""
