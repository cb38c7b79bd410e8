"""What membership of a directory's group gives: access to a function mailbox, or a role.

`group_rules` creates and removes rules, with a preview of what that would change; `applying` updates accounts by the
rules.
"""
