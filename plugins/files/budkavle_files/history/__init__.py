"""The versions of a file or a note: who made each, what it changed, and bringing one back."""
