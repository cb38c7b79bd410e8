"""The pages of the archive, for the organisation's administrators."""
