"""A stand-in for Outlook, for tests of the pane in a browser: the page that frames it, and office.js."""
