"""Paper to PDF: pictures of pages, cropped, become one file in a sandboxed child process."""
