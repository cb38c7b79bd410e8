"""Documents as pages: PDF files, cover pages and text become one TIFF file; received TIFF files become PDF files.

Foreign documents are opened in `sandbox`, a child process with limits of memory and time. Decrypted files lie in memory
only (`memory_files`). Nothing here knows the database.
"""
