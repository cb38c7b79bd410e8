"""What runs by itself: the worker and its lanes, leases, jobs, retention, health.

Knows everything below; nothing of pages.
"""
