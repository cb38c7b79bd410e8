"""Destroying files after their retention: which are due, what a lower number destroys, and the page Gallring."""
