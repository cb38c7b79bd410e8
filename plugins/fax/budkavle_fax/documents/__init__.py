"""Documents as pages: PDF files, cover pages and text become one TIFF file; received TIFF files become PDF files.

Foreign documents are opened in `sandbox`, a child process with limits on memory and time. Decrypted files are only kept
in memory (`memory_files`). Nothing here uses the database.
"""
