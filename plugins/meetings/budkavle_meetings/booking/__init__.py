"""Booking: a meeting, its times, those who are invited, and what they are sent."""
