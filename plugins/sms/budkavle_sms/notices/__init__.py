"""Notices by SMS about secure messages, beside the e-mail; their outcome; and messages queued by an older version.

They are requested here like any plugin's notices; `notifier` sends them.
"""
