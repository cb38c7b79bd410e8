"""Hjälp: the help texts, what the icons mean, the tour, and the way to the organisation's support."""

from budkavle.web.pages.help_pages import legend, support, texts, tour

HANDLERS = [*texts.HANDLERS, *legend.HANDLERS, *tour.HANDLERS, *support.HANDLERS]
