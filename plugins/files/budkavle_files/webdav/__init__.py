"""Filer as a drive of one's computer, by WebDAV: application passwords, the tree as folders, writing, locks."""
