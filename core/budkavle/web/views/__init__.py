"""What pages show: templates, layout, and cases and deliveries in words.

Uses `web.http` and the layers below; has no routes.
"""
