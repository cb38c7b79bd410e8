"""Delivery to the case system: signed webhooks, a watched folder, and what was delivered."""
