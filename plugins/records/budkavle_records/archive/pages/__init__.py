"""The archive's pages, for the organisation's administrators."""
