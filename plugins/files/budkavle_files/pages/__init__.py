"""The pages of Filer: catalogues and their list, the panel of an entry, sharing, moving, the bin."""
