"""The pages: Litestar, Jinja and htmx. They ask the doing floor; no SQL and no rule lives here.

`app` puts it together, `pages/` has one file for each group of pages, `render` fills templates, `guard` knows who
is asking, `forms` reads what was sent, `shield` sets the headers, `live` tells the browser what has changed.
"""
