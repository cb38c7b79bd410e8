"""Search in the names of catalogues, files and notes, and in the texts of notes."""
