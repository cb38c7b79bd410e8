"""BankID: the calls of RP API 6.0, the flow that a person meets, and the signature that proves it.

`provider` is the identity provider and `api` the calls. `signature`, `certificates` and `ocsp` check what the person
has signed; `evidence` and `trust` decide what is accepted and stored.
"""
