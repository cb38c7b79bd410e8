"""Simulated BankID and Freja eID for demos and tests, as true as what is known of the real ones."""
