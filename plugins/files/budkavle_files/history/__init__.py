"""The versions of a file or a note: their authors, their changes, and restoring one."""
