"""Disposal by the schedule (gallring enligt plan): runs approved by a second person, and their signed protocols."""
