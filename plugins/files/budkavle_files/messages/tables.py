"""The table of this part; it stands beside the tree's, since the bin looks into it too."""

from budkavle_files.tables import origins

__all__ = ["origins"]
