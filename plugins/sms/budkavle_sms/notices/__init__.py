"""Notices beside the e-mail of a secure message, what became of them, and what an older version had queued.

They are asked for here, as any plugin asks for notices; `notifier` sends them.
"""
