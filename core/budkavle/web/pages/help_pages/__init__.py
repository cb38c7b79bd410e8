"""Hjälp: the help texts, the meaning of the icons, the tour, and the form to the organisation's support."""

from budkavle.web.pages.help_pages import legend, support, texts, tour

HANDLERS = [*texts.HANDLERS, *legend.HANDLERS, *tour.HANDLERS, *support.HANDLERS]
