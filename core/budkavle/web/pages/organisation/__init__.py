"""Min organisation: the pages where administrators manage their organisation."""

from budkavle.web.pages.organisation import (
    confirmations,
    information,
    invitation,
    licence,
    many_users,
    new_users,
    processing,
    profile,
    public,
    settings_sections,
    user_changes,
    user_closing,
    users,
)

HANDLERS = [
    *profile.HANDLERS,
    *information.HANDLERS,
    *users.HANDLERS,
    *user_changes.HANDLERS,
    *user_closing.HANDLERS,
    *many_users.HANDLERS,
    *confirmations.HANDLERS,
    *new_users.HANDLERS,
    *invitation.HANDLERS,
    *settings_sections.HANDLERS,
    *licence.HANDLERS,
    *processing.HANDLERS,
    *public.HANDLERS,
]
