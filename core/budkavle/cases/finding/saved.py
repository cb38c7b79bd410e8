"""Saved searches: name and query, encrypted, each only for the user who saved it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select

from budkavle.accounts.permissions import require_user
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.storage.platform import Work
from budkavle.storage.tables import saved_searches

MOST: Final = 10
"""The most searches of one person: the sidebar counts them all."""
LONGEST_NAME: Final = 60
LONGEST_ADDRESS: Final = 2_000


class _Content(msgspec.Struct):
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that a user has saved.

    Attributes:
        address: The part of a search page's address that describes the search, as a query string.
    """

    id: UUID
    name: str
    address: str


def list_saved(work: Work) -> list[SavedSearch]:
    """Return the actor's saved searches, the oldest first; none for an actor without an account."""
    if work.actor.user_id is None:
        return []
    query = select(saved_searches.c.id, saved_searches.c.sealed).where(*_own(work)).order_by(saved_searches.c.saved_at)
    saved = []
    for row in work.connection.execute(query).all():
        plain = work.vault.open_small(work.organisation_id, _label(row.id), row.sealed, work.connection)
        content = msgspec.json.decode(plain, type=_Content)
        saved.append(SavedSearch(row.id, content.name, content.address))
    return saved


def save(work: Work, name: str, address: str) -> UUID:
    """Save a search for the actor.

    Raises:
        Forbidden: The actor has no account.
        Invalid: The name is missing or too long, or the search is empty.
        Conflict: There are too many already.
    """
    user_id, called = require_user(work.actor), " ".join(name.split())
    if not address:
        raise Invalid("Skriv vad du söker först.")
    if not called.isprintable():
        raise Invalid("Namnet har tecken som inte syns. Skriv det på nytt.")
    if not called or len(called) > LONGEST_NAME or len(address) > LONGEST_ADDRESS:
        raise Invalid("Ge sökningen ett namn på högst {longest} tecken.", longest=LONGEST_NAME)
    if len(list_saved(work)) >= MOST:
        raise Conflict("Du har {most} sparade sökningar. Ta bort någon av dem först.", most=MOST)
    saved_id, content = uuid4(), msgspec.json.encode(_Content(called, address))
    values = {
        "organisation_id": work.organisation_id,
        "id": saved_id,
        "user_id": user_id,
        "sealed": work.vault.seal_small(
            work.organisation_id, _label(saved_id), content, work.connection, work.vault.slots.take()
        ),
        "saved_at": datetime.now(UTC),
    }
    work.connection.execute(insert(saved_searches).values(values))
    return saved_id


def remove(work: Work, saved_id: UUID) -> None:
    """Remove one of the actor's saved searches.

    Raises:
        Forbidden: The actor has no account.
        NotFound: There is none, or it belongs to another user.
    """
    require_user(work.actor)
    this = delete(saved_searches).where(*_own(work), saved_searches.c.id == saved_id)
    if work.connection.execute(this.returning(saved_searches.c.id)).one_or_none() is None:
        raise NotFound("Den sparade sökningen finns inte.")


def _own(work: Work) -> tuple[ColumnElement[bool], ...]:
    c = saved_searches.c
    return c.organisation_id == work.organisation_id, c.user_id == work.actor.user_id


def _label(saved_id: UUID) -> str:
    return f"saved-search:{saved_id}"
