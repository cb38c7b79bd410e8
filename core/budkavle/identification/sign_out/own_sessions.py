"""A user's own sessions, which they can list and end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.identification.sessions import Origin, digest, limits, split_cookie
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import sessions


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a user's sessions, as shown to them.

    Attributes:
        key: Identifies it among the user's sessions; gives no access.
        is_current: Whether it is the session of this request.
    """

    key: str
    origin: Origin
    provider: str
    loa: Loa
    created_at: datetime
    seen_at: datetime
    is_current: bool


def open_sessions(work: Work, cookie: str | None) -> list[OpenSession]:
    """Return the actor's own valid sessions, the one of the cookie first, then by last use."""
    current = digest(split_cookie(cookie)[1])
    idle, absolute = limits(read_settings(work, SignOutSettings))
    lasts = (
        (sessions.c.seen_at > func.now() - idle)
        & (sessions.c.created_at > func.now() - absolute)
        & or_(sessions.c.provider_ends_at.is_(None), sessions.c.provider_ends_at > func.now())
    )
    order = (sessions.c.hash == current).desc(), sessions.c.seen_at.desc()
    return [
        OpenSession(
            key=row.hash.hex(),
            origin=Origin(row.device, row.network),
            provider=row.provider,
            loa=Loa(row.loa),
            created_at=row.created_at,
            seen_at=row.seen_at,
            is_current=row.hash == current,
        )
        for row in work.connection.execute(select(sessions).where(*_own(work), lasts).order_by(*order))
    ]


def end_own(work: Work, key: str) -> None:
    """End one of the actor's own sessions, in all its tabs and streams; one that has already ended is not an error.

    Raises:
        Invalid: The key is malformed.
    """
    try:
        _end(work, sessions.c.hash == bytes.fromhex(key))
    except ValueError as error:
        raise Invalid("Sessionen finns inte. Ladda om sidan och försök igen.") from error


def end_others(work: Work, cookie: str | None) -> None:
    """End all of the actor's own sessions except the one of the cookie."""
    _end(work, sessions.c.hash != digest(split_cookie(cookie)[1]))


def _end(work: Work, which: ColumnElement[bool]) -> None:
    if ended := work.connection.execute(delete(sessions).where(*_own(work), which)).rowcount:
        user_id = work.actor.user_id
        work.platform.database.notify(work.connection, {"o": work.organisation_id, "u": user_id, "k": "access"})
        audit.record(work, "user.session-ended", user_id, number=ended)


def _own(work: Work) -> tuple[ColumnElement[bool], ...]:
    return (sessions.c.organisation_id == work.organisation_id, sessions.c.user_id == work.actor.user_id)
