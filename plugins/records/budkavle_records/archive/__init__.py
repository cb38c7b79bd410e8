"""Closed cases as FGS 2.0 packages: selection, creation, delivery, and the archive's receipt."""
