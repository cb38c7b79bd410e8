"""E-mail address and password as a way to sign in, with a code beside it where the account has one switched on.

`provider` asks, step by step. What was typed is judged by the core, which keeps the passwords and the codes.
"""
