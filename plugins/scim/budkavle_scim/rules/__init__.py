"""What membership of a directory's group gives: access to a function mailbox, or a role.

`group_rules` makes and removes rules and shows beforehand what that would change; `applying` lets accounts be as the
rules say.
"""
