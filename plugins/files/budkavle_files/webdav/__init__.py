"""Filer as a drive on the user's computer, by WebDAV: application passwords, the tree as folders, writing, locks."""
