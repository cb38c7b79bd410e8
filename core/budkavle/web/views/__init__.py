"""What pages show: templates, layout, and what becomes of cases and deliveries as people read them.

Knows `web.http` and the floors below; no routes.
"""
