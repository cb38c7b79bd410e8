"""Delivery to the case system: signed webhooks, a watched folder, and a record of what was delivered.

`events` reads the event log and makes a delivery for each event that the settings ask for. `handing_over` delivers them
from the outbox and stores the outcome. `webhooks` and `folders` are the two methods of delivery, and `documents` makes
the files of a folder.
"""
