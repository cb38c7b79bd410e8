"""The tree of catalogues, files and notes: access, versions, moving, the bin. It knows nothing of pages."""
