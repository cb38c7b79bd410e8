"""Short names of organisations in the settings: what is given to one that is not there is nobody's."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from budkavle.plugins.protocols.health import Health
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisations

NAME = "mail_domains"
UNKNOWN = "mail_domains ger domäner till organisationer som inte finns: {names}. Ingen får konton med adresser där."
REMEDY = "Rätta kortnamnen i [mail_domains]. budkavle org list visar dem som finns."


def judge_domains(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Name the organisations of `mail_domains` that there are not; about the installation alone."""
    named = set(platform.settings.mail_domains.values())
    if organisation_id is not None or not named:
        return
    with platform.database.transaction(None) as connection:
        existing = set(connection.execute(select(organisations.c.slug)).scalars())
    if unknown := sorted(named - existing):
        yield Health(NAME, False, UNKNOWN, REMEDY, {"names": ", ".join(unknown)})
