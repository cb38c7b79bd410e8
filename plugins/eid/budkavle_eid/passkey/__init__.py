"""Passkeys (WebAuthn): a user with an account signs in with a key that their device stores for our site.

`provider` is the identity provider, and `pages` shows the page whose script asks the browser for the key.
"""
