"""OpenID Connect: the authorization code flow with PKCE, for any provider that publishes its metadata.

`provider` is the identity provider, `issuer` fetches and caches the provider's metadata and keys, `client_key` signs
our assertions, and `presets` has defaults for known kinds of provider. `budkavle_identity_tokens` checks the ID token.
"""
