"""The event log: an organisation's, and the installation's own."""

from budkavle.web.pages.events import export, pages

HANDLERS = [*pages.HANDLERS, *export.HANDLERS]
