"""SITHS: a card in a reader, asked for by a reverse proxy that passes its certificate on.

`provider` is the identity provider with its page, and `certificates` tells whose a certificate is, which level it
stands for, and whether it is revoked.
"""
