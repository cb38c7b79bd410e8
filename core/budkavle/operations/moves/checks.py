"""Conditions for moving an organisation, so that everything opens and works at the destination."""

from typing import Final
from uuid import UUID

from budkavle.model.errors import Conflict, Misconfigured, Unavailable
from budkavle.operations.backup.making import read_heads
from budkavle.operations.moves.sides import Side
from budkavle.storage.key_slots.root import Root
from budkavle.storage.outside import quarantine
from budkavle.storage.platform import Platform

_OTHER_KEY: Final = "Installationerna har inte samma huvudnyckel. Flytta bara mellan installationer med samma nyckel."
_OTHER_STORE: Final = "Installationerna har inte samma nyckellager. Ange samma plats under key_store i båda."
_SAME_OUTSIDE: Final = (
    "Installationerna delar mappen {folder} för det som finns utanför databasen. Ange en egen med outside i en av dem."
)
_OTHER_TABLES: Final = (
    "Tabellerna för {names} är av olika version i installationerna. Kör samma version och samma tillägg i båda."
)
_QUARANTINE: Final = "En av installationerna är i karantän efter en återställning. Avsluta karantänen först."
_REQUESTS: Final = "Det finns en begäran om export eller borttagning av organisationen. Avsluta den först."
_NOT_OPENED: Final = (
    "Organisationens nyckel går inte att öppna i den andra installationen, som kanske har en annan huvudnyckel."
    " Organisationen arbetar kvar här, och inget har kopierats. Kopiera nyckelfilen dit och kör kommandot igen."
)
_OPEN: Final = """
SELECT EXISTS (SELECT FROM removals WHERE subject_id = %(id)s AND state IN ('WAITING', 'APPROVED'))
    OR EXISTS (SELECT FROM exports WHERE subject_id = %(id)s AND state IN ('WAITING', 'APPROVED', 'DONE'))
"""


def require_same_keys(source: Platform, target: Platform) -> None:
    """Refuse if data that is sealed here would not open there.

    Raises:
        Misconfigured: The master keys or key stores differ, or both use the same folder outside of the databases.
    """
    if source.vault.installation_key() != target.vault.installation_key():
        raise Misconfigured(_OTHER_KEY)
    ours, theirs = _root(source), _root(target)
    if (ours and ours.store) != (theirs and theirs.store):
        raise Misconfigured(_OTHER_STORE)
    if source.settings.outside_folder.resolve() == target.settings.outside_folder.resolve():
        raise Misconfigured(_SAME_OUTSIDE, folder=str(source.settings.outside_folder))


def require_ready(here: Side, there: Side, organisation_id: UUID) -> None:
    """Refuse if tables differ, or if another operation is going on.

    Raises:
        Misconfigured: The tables are of other versions.
        Conflict: One of them is in quarantine, or the organisation is to be exported or removed.
    """
    ours, theirs = read_heads(here.raw), read_heads(there.raw)
    if other := sorted(name for name, heads in ours.items() if theirs.get(name) != heads):
        raise Misconfigured(_OTHER_TABLES, names=", ".join(other))
    if any(quarantine.find(side.platform.database) for side in (here, there)):
        raise Conflict(_QUARANTINE)
    row = here.raw.execute(_OPEN, {"id": organisation_id}).fetchone()
    if row and row[0]:
        raise Conflict(_REQUESTS)


def require_opens(source: Platform, target: Platform, organisation_id: UUID) -> None:
    """Refuse if the other installation cannot open the organisation's key, before anything is copied.

    Raises:
        Unavailable: It cannot.
    """
    with source.database.transaction(organisation_id) as connection:
        if not target.vault.holds(organisation_id, connection):
            raise Unavailable(_NOT_OPENED)


def _root(platform: Platform) -> Root | None:
    store = platform.vault.slots.store
    return store.root() if store is not None else None
