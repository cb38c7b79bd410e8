"""Notes that colleagues write to each other in a case: stored sealed, never sent, destroyed with the case.

`store` stores them, `mentions` finds who is mentioned, and `pages` shows and changes them.
"""
