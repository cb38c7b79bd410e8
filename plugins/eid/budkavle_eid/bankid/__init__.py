"""BankID: the calls of RP API 6.0, the flow, and the verification of the person's signature.

`provider` is the identity provider and `api` the calls. `signature`, `certificates` and `ocsp` verify what the person
has signed; `evidence` and `trust` decide what is accepted and stored.
"""
