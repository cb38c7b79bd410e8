"""The pages of Filer: catalogues and their list, the sheet of an entry, sharing, moving, the bin."""
