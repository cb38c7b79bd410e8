"""Delivery proofs: one signed file about one message, which anybody can verify without asking us.

`export` makes a proof. `verify_proof`, `report` and `receipt_signature` verify it; they import nothing of Budkavle, and
`verification_script` hands them out as one file.
"""
