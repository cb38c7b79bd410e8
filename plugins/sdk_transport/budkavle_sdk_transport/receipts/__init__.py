"""The message receipt (meddelandekvittens): its XML, its rules, and reading one that comes back.

It knows `envelope`, `keys` and `formats`. Applying a receipt to a delivery is done in `incoming`.
"""
