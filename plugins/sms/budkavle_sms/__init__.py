"""SMS: one-time codes that identify people, and notices that a secure message waits.

Pages and the identity provider write to `outbox`; the worker's job in `jobs` hands each message to the gateway of the
settings, one of those in `gateways`. `receipts` notes what gateways report later.
"""
