"""Notes that colleagues write to each other in a case: sealed, never sent, destroyed with the case.

`store` keeps them, `mentions` finds who is mentioned, and `pages` shows and changes them.
"""
