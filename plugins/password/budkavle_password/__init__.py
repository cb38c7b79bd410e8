"""E-mail address and password as a sign-in method, with a code in addition if the account has it turned on.

`provider` asks, step by step. The core checks the input, and stores the passwords and the codes.
"""
