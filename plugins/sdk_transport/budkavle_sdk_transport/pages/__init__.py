"""The pages of the plugin, for administrators of an organisation: keys and transfers.

Templates are in `templates`. What the pages show comes from `keys.management` and `transfers.log`.
"""
