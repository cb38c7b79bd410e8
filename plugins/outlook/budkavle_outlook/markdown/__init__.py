"""Converts a mail's HTML to Markdown.

`reader` turns the events of lxml's parser into `blocks`: paragraphs, headings, list items and rules, each with `runs`
of text with the same emphasis. `tables` converts rows, which the subset has no syntax for. Nothing here recurses and
each part is read once, so the time grows only with the length, whatever the depth.

Words are never lost and markup is never kept: anything the subset has no syntax for becomes its text.
"""
