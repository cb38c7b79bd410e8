"""Min organisation: the pages on which administrators manage their organisation."""

from budkavle.web.pages.organisation import information, settings_sections, users

HANDLERS = [*information.HANDLERS, *users.HANDLERS, *settings_sections.HANDLERS]
