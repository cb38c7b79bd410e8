"""How a mail's HTML becomes Markdown.

`reader` turns the events of lxml's parser into `blocks`: paragraphs, headings, list items and rules, each of `runs` of
text with the same emphasis. `tables` says what rows become, for which the subset has no word. Nothing here recurses,
and each part is read once, so depth and size cost no more than their length.

Words are never lost and markup is never kept: whatever the subset has no word for becomes its text.
"""
