"""Keys and certificates: key pairs in files and in tokens, and which organisation has which.

`management` is what administrators may do with them. The folder knows `formats` and the database tables
`sdk_identities`; how certificates of others are found is in `discovery`.
"""
