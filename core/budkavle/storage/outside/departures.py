"""The new addresses of organisations that have moved away, kept even without their rows: links still lead here."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct, json
from sqlalchemy import Connection, select

from budkavle.model.states import OrganisationState
from budkavle.storage.outside import notes
from budkavle.storage.platform import Platform
from budkavle.storage.tables import installation, organisations

_NOTE: Final = "organisation-moved "
"""Prefix of a note's name; the organisation's id follows."""


class Departure(Struct, frozen=True):
    """An organisation that has moved to another installation.

    Attributes:
        name: Its name then.
        address: The `base_url` of the installation where it works.
    """

    organisation_id: UUID
    name: str
    address: str


def departures(platform: Platform) -> Sequence[Departure]:
    """Return the organisations that have moved from here, by name."""
    c = organisations.c
    moved = select(c.id, c.name, c.moved_to).where(c.state == OrganisationState.MOVED.value)
    noted = select(installation.c.value).where(installation.c.name.startswith(_NOTE))
    with platform.database.transaction(None) as connection:
        left = [Departure(*row) for row in connection.execute(moved)]
        before = [json.decode(value, type=Departure) for value in connection.execute(noted).scalars()]
        here = set(connection.execute(select(c.id)).scalars())
    gone = [departure for departure in before if departure.organisation_id not in here]
    return sorted([*left, *gone], key=lambda departure: departure.name)


def remember(connection: Connection, organisation_id: UUID) -> None:
    """Record the new address of an organisation that has moved, before its own row is deleted here."""
    c = organisations.c
    moved = select(c.id, c.name, c.moved_to).where(c.id == organisation_id, c.state == OrganisationState.MOVED.value)
    for row in connection.execute(moved):
        notes.store(connection, f"{_NOTE}{organisation_id}", Departure(*row))


def forget(connection: Connection, organisation_id: UUID) -> None:
    """Delete the recorded address of an organisation that works here again: it may be removed here for good one day."""
    notes.remove(connection, f"{_NOTE}{organisation_id}")
