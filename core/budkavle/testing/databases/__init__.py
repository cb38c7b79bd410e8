"""Databases that look new to each test, and connections to them that are kept from one test to the next."""

from budkavle.testing.databases.kept_connections import KEPT
from budkavle.testing.databases.lending import Databases

__all__ = ["KEPT", "Databases"]
