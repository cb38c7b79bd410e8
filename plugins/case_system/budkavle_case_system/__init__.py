"""Delivery to the case system: signed webhooks, a watched folder, and what was delivered.

`events` reads the event log and makes a delivery for each thing that the settings ask for, `deliveries` hands them
over by the outbox and keeps how it went, `webhooks` and `folders` are the two ways, `documents` is what goes along.
"""
