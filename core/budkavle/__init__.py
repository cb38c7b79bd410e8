"""Budkavle: secure messages between functions. This is the face; a plugin needs to import nothing else."""
