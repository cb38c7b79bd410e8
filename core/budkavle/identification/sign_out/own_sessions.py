"""A user's own sessions, which they can list and end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.accounts.users import end_sessions
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
        this = sessions.c.hash == bytes.fromhex(key)
    except ValueError as error:
        raise Invalid("Sessionen finns inte. Ladda om sidan och försök igen.") from error
    if ended := work.connection.execute(delete(sessions).where(*_own(work), this)).rowcount:
        work.platform.database.notify(
            work.connection, {"o": work.organisation_id, "u": work.actor.user_id, "k": "access"}
        )
        _record(work, ended)


def end_others(work: Work, cookie: str | None) -> None:
    """End everything of the actor's except the session of the cookie: sign-ins under way, and passwords of programs."""
    if work.actor.user_id is not None:
        _record(work, end_sessions(work, work.actor.user_id, kept=digest(split_cookie(cookie)[1])))


def _record(work: Work, ended: int) -> None:
    audit.record(work, "user.session-ended", work.actor.user_id, number=ended)


def _own(work: Work) -> tuple[ColumnElement[bool], ...]:
    return (sessions.c.organisation_id == work.organisation_id, sessions.c.user_id == work.actor.user_id)
