"""Simulated BankID and Freja eID for demos and tests, as close to the real ones as their documentation allows."""
