"""Texts on their way from a chat to a draft: one for each person, sealed, deleted after ten minutes or on use."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, select

from budkavle import Host, NotFound, Work
from budkavle_teams.tables import shared_texts

KEPT = timedelta(minutes=10)
GONE = "Texten finns inte kvar. Gå tillbaka till chatten och välj Skicka säkert en gång till."
c = shared_texts.c


def keep(host: Host, organisation_id: UUID, user_id: UUID, text: str) -> UUID:
    """Store a text for one person, replacing an earlier one, and return its id."""
    text_id = uuid4()
    sealed = host.vault.seal_small(organisation_id, _label(text_id), text.encode())
    row = {"organisation_id": organisation_id, "id": text_id, "user_id": user_id, "sealed": sealed}
    with host.transaction(organisation_id) as connection:
        connection.execute(delete(shared_texts).where(c.organisation_id == organisation_id, c.user_id == user_id))
        connection.execute(insert(shared_texts).values(**row, expires_at=func.now() + KEPT))
    return text_id


def read(host: Host, work: Work, text_id: UUID) -> str:
    """Return a text of the actor.

    Raises:
        NotFound: There is none, it belongs to somebody else, or it has expired.
    """
    query = select(c.sealed).where(*_mine(work, text_id), c.expires_at > func.now())
    with host.tables(work) as connection:
        sealed = connection.execute(query).scalar_one_or_none()
    if sealed is None:
        raise NotFound(GONE)
    return work.vault.open_small(work.organisation_id, _label(text_id), sealed, work.connection).decode()


def forget(host: Host, work: Work, text_id: UUID) -> None:
    """Delete a text of the actor."""
    with host.tables(work) as connection:
        connection.execute(delete(shared_texts).where(*_mine(work, text_id)))


def sweep(host: Host) -> int:
    """Delete expired texts. A job; it returns 0, because one run deletes them all."""
    return host.platform.in_each_organisation(partial(_sweep, host))


def _sweep(host: Host, organisation_id: UUID) -> int:
    ended = (c.organisation_id == organisation_id, c.expires_at <= func.now())
    with host.transaction(organisation_id) as connection:
        connection.execute(delete(shared_texts).where(*ended))
    return 0


def _mine(work: Work, text_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return c.organisation_id == work.organisation_id, c.id == text_id, c.user_id == work.actor.user_id


def _label(text_id: UUID) -> str:
    return f"teams-text:{text_id}"
