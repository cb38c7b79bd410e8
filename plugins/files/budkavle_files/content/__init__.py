"""The bytes of files: uploads that go on where they broke off, downloads of any part, several files as a ZIP."""
