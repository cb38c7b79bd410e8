"""The tree of catalogues, files and notes: who may reach what, versions, moving, the bin. Nothing of pages."""
