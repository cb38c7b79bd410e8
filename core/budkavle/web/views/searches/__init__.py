"""Search filters, marked matches, and saved searches."""
