"""OpenID Connect: the authorization code flow with PKCE, for any provider that publishes its metadata.

`provider` is the identity provider, `issuer` reads and remembers the other side's metadata and keys, `client_key`
signs our own assertions, and `presets` holds defaults for known kinds of provider. `budkavle_identity_tokens` checks
the ID token.
"""
