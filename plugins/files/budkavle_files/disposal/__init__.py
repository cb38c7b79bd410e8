"""Destroying files whose days have passed: which are due, what a lower number destroys, and the page Gallring."""
