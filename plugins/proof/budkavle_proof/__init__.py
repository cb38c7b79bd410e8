"""Delivery proofs: one signed file about one message, which anybody can verify without contacting us.

`export` makes a proof. `verify_proof`, `report` and `receipt_signature` verify it. They import nothing of Budkavle, and
`verification_script` distributes them as a single file.
"""
