"""Passkeys (WebAuthn): a person with an account signs in with a key that their device holds for our site.

`provider` is the identity provider, and `pages` shows the page whose script asks the browser for the key.
"""
