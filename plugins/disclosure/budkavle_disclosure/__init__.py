"""Allmänna handlingar: lists of messages with masking, and all that the organisation has about one person.

`access` says who works at the desk. `lists` keeps a list (postlista) with its masks, `rows` makes what is shown and
given out of it, `files` writes PDF and CSV. `requests` keeps what persons have asked for by GDPR article 15, `finding`
looks for them, `selection` is what belongs to a person and what is held back, and `package` makes the one file.
"""
