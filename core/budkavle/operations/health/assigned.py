"""Checks settings that name organisations by short name: names that no organisation has are reported."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from budkavle.plugins.protocols.health import Health
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisations

NAME = "mail_domains"
UNKNOWN = "mail_domains ger domäner till organisationer som inte finns: {names}. Ingen får konton med adresser där."
REMEDY = "Rätta kortnamnen i [mail_domains]. budkavle org list visar dem som finns."
FREE = "Varje organisation får skapa konton med e-postadresser i vilken domän som helst, även en annan organisations."
FREE_REMEDY = "Ange vilken organisation varje domän hör till i [mail_domains]."


def judge_domains(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report organisations of `mail_domains` that do not exist, or that several organisations have no domains there."""
    if organisation_id is not None:
        return
    named = set(platform.settings.mail_domains.values())
    with platform.database.transaction(None) as connection:
        existing = set(connection.execute(select(organisations.c.slug)).scalars())
    if unknown := sorted(named - existing):
        yield Health(NAME, False, UNKNOWN, REMEDY, {"names": ", ".join(unknown)})
    elif not named and len(existing) > 1 and platform.settings.base_url.startswith("https://"):
        yield Health(NAME, True, FREE, FREE_REMEDY, notable=True)
