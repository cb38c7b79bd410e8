"""Allmänna handlingar: lists of messages with masking, and everything the organisation has about one person.

`access` decides who may work at the desk. `lists` stores a list (postlista) with its masks, `rows` makes the rows that
are shown and given out, `files` writes PDF and CSV. `requests` stores persons' requests by GDPR article 15, `finding`
searches for the persons, `selection` is what belongs to a person and what is held back, and `package` makes the file.
"""
