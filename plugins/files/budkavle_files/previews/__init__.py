"""A look at a file in its sheet, without downloading it."""
