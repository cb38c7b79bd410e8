"""Encrypted files of plugins: those stored in one go, and those uploaded in parts that may be interrupted."""
