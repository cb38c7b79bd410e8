"""The browser's side of a request: forms, uploads, headers, errors, static files, server-sent events.

Knows no page.
"""
