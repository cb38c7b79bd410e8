"""Notices to users with an account: about a new secure message, and about changed sign-in methods.

They are requested by `notify`, as in any plugin; `notifier` sends them if this plugin sends the mails.
"""
