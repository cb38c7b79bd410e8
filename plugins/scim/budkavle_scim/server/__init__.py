"""What a directory talks with: users, groups and what the service can, at `/plugin/scim/v2`.

`routes` answers every request, `resources` is the schema, `users` and `groups` store, `filters` and `patches` read what
directories send, and `answers` writes what they get, errors too.
"""
