"""SCIM 2.0: an organisation's directory keeps its users and groups here (RFC 7643 and 7644).

`server` answers the directory, `tokens` knows whose directory it is, `rules` says what a group gives, and `pages` is
where an administrator sees and changes both.
"""
