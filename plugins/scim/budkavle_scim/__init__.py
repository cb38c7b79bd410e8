"""SCIM 2.0: an organisation's directory manages its users and groups here (RFC 7643 and 7644).

`server` handles the directory's requests, `tokens` identifies the directory, `rules` defines what a group gives, and
`pages` lets an administrator see and change both.
"""
