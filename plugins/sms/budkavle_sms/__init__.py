"""SMS: one-time codes that identify people, and notices about waiting secure messages.

Messages wait as notices in the core's outbox; `notifier` hands each one to the configured gateway, one of those in
`gateways`. `receipts` records what gateways report later.
"""
