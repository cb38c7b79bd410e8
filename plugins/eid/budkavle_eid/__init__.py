"""Swedish e-identification: BankID, Freja eID, OpenID Connect, SAML, passkeys and SITHS as identity providers."""
