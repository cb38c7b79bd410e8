"""The service for directories: users, groups and the service's configuration, at `/plugin/scim/v2`.

`routes` handles every request, `resources` is the schema, `users` and `groups` store, `filters` and `patches` read what
directories send, and `answers` writes responses, including errors.
"""
