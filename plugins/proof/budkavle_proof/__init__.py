"""Delivery proofs: one signed file about one message, that anybody can verify without asking us (feature Z1)."""
