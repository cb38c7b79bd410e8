"""Paper as a PDF: pictures of pages, cut at their edges, made into one file in a closed child process."""
