"""Min organisation: the pages on which administrators manage their organisation."""

from budkavle.web.pages.organisation import information, settings_sections, user_changes, users

HANDLERS = [*information.HANDLERS, *users.HANDLERS, *user_changes.HANDLERS, *settings_sections.HANDLERS]
