"""The pages of people who are signed in: numbers, times and tests for administrators, and the preview of a fax.

The pages call the rest of the plugin and are called by nothing but `plugin`. Addresses for machines are in `routes`.
"""
