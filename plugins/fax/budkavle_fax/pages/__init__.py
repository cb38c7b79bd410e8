"""Pages for signed-in users: numbers, times and tests for administrators, and the preview of a fax.

Only `plugin` uses the pages. Endpoints for machines are in `routes`.
"""
