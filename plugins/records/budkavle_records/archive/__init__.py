"""Closed cases as FGS 2.0 packages: choosing, making, handing over, and the archive's receipt."""
