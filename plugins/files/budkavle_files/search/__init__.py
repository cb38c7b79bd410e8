"""Search in the names of catalogues, files and notes, and in what notes say."""
