"""SITHS: a card in a reader, requested by a reverse proxy that passes its certificate on.

`provider` is the identity provider with its page, and `certificates` verifies a certificate: its holder, its level, and
its revocation.
"""
