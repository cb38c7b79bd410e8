"""Disposal by the schedule (gallring enligt plan): runs that a second person approves, and their signed protocols."""
