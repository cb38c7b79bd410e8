"""Sealed files of plugins: those that come whole, and those that come piece by piece and may break off."""
