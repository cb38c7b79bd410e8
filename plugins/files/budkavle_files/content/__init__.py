"""The bytes of files: resumable uploads, downloads of any range, several files as a ZIP."""
