"""Booking: a meeting, its times, its participants, and what is sent to them."""
