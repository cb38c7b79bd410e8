"""Sessions: issued only here, stored as hashes, new at each sign-in and each higher level, with two time limits.

The cookie is `ORGANISATION.SECRET`. A session ends when it has been idle for too long, when it has reached its absolute
limit, when the session at the provider ends, at sign-out, when its account is closed, and when the password changes.

A session may have a lock: once the user has been away for some minutes, nothing can be read or done in it until they
have used a passkey. A request counts as presence, and so does a page that reports that it is looked at
(`note_present`).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.preferences import THEME
from budkavle.accounts.stored_settings import core_choices, read_settings, settings_of
from budkavle.accounts.users import announce_change
from budkavle.identification import browser_proof
from budkavle.identification.browser_proof import Checked, Shown
from budkavle.identification.outcome import PAUSED, SignedIn
from budkavle.identification.sign_out import provider_sessions
from budkavle.identification.sign_out.provider_sessions import Ended
from budkavle.model.errors import Copied, Locked, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, MARK_LENGTH, Organisation, Role, SystemActor, User, UserActor
from budkavle.model.states import AT_WORK
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.storage.tables import identities, organisations, sessions, users

PRESENT_EVERY = timedelta(seconds=10)
"""How often the presence of the user of a session with a lock is stored."""
COPIED = "Samma inloggning användes i två webbläsare. Logga in igen, och kontakta er administratör om det händer igen."
LOCK_MINUTES = (1, 5, 15)
"""The minutes away after which a session may lock."""
TOUCH_EVERY = timedelta(seconds=60)
"""How often `seen_at` is updated; in between, finding a session writes nothing."""


@dataclass(frozen=True, slots=True)
class Session:
    """The session of a signed-in user.

    Attributes:
        csrf: The token of forms and headers; bound to this session, and reveals nothing about its cookie.
        idle_at: When it ends without activity.
        ends_at: When it ends at the latest.
        way_opens_at: When an identity added by an administrator starts to open the account; usually None.
        choices: The organisation's choices in the core's settings sections; see `settings_of`.
        lock_minutes: The minutes away until it locks; None without a lock.
        is_locked: Whether it is locked now.
        theme: The user's theme, `light` or `dark`; empty follows the system.
    """

    actor: UserActor
    user: User
    organisation: Organisation
    loa: Loa
    provider: str
    identified_at: datetime
    idle_at: datetime
    ends_at: datetime
    csrf: str
    way_opens_at: datetime | None = None
    choices: Mapping[str, Any] | None = None
    lock_minutes: int | None = None
    is_locked: bool = False
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session was started: browser and system in words, and the address without its last part."""

    device: str = ""
    network: str = ""


UNKNOWN = Origin()


def start(
    platform: Platform,
    signed_in: SignedIn,
    old_cookie: str | None = None,
    kind: str = "",
    lock_minutes: int | None = None,
    origin: Origin = UNKNOWN,
) -> str:
    """Create a session for a user who has just signed in, and return its cookie; the browser's earlier session ends.

    Args:
        platform: The installation.
        signed_in: The result of the flow.
        old_cookie: The browser's cookie, whoever set it; it is never reused.
        kind: The prefix of the secret; a frame marks its own sessions by it.
        lock_minutes: The minutes away until it locks; None for no lock.
        origin: Where it was started.
    """
    before = end(platform, old_cookie) if old_cookie else None
    user = signed_in.user
    secret = kind + secrets.token_urlsafe(32)
    row = {
        "organisation_id": user.organisation_id,
        "hash": digest(secret),
        "user_id": user.id,
        "loa": int(signed_in.loa),
        "provider": signed_in.provider,
        "created_at": func.now(),
        "seen_at": func.now(),
        "identified_at": signed_in.identified_at or func.now(),
        "lock_minutes": lock_minutes,
        "present_at": func.now(),
        "device": origin.device,
        "network": origin.network,
    }
    who = (users.c.organisation_id == user.organisation_id, users.c.id == user.id)
    with platform.database.transaction(user.organisation_id) as connection:
        if signed_in.session:
            row |= provider_sessions.columns(platform, connection, user, signed_in.provider, signed_in.session)
        elif before and before.user_id == user.id:
            row |= before.columns
        connection.execute(insert(sessions).values(row))
        connection.execute(update(users).where(*who).values(signed_in_at=func.now()))
    return f"{user.organisation_id}.{secret}"


def find(platform: Platform, cookie: str | None, *, touch: bool = True, even_locked: bool = False) -> Session:
    """Return the session behind a cookie whose proof has already been checked; use `find_bound` for a request.

    Args:
        platform: The installation.
        cookie: The cookie as the browser sent it.
        touch: Whether this counts as activity; False for a page that only listens.
        even_locked: Whether a locked session is returned too; only for the page that unlocks it.

    Raises:
        NotSignedIn: There is no session, it has ended, its account is closed, or its organisation is paused.
        Locked: It is locked.
        Unavailable: Its organisation is being moved to another installation, or has been.
    """
    return _find(platform, cookie, None, touch=touch, even_locked=even_locked)[0]


def find_bound(
    platform: Platform, cookie: str | None, shown: Shown, *, touch: bool = True, even_locked: bool = False
) -> tuple[Session, str]:
    """Return the session of a browser that requests a page, and the proof that it keeps from now on.

    Args:
        platform: The installation.
        cookie: The session's cookie as the browser sent it.
        shown: What the browser sent in addition.
        touch: As for `find`.
        even_locked: As for `find`.

    Raises:
        NotSignedIn: As for `find`.
        Copied: Somebody has a copy of the cookies; the session has been ended.
        Locked: It is locked.
        Unavailable: As for `find`.
    """
    return _find(platform, cookie, shown, touch=touch, even_locked=even_locked)


def _find(
    platform: Platform, cookie: str | None, shown: Shown | None, *, touch: bool, even_locked: bool
) -> tuple[Session, str]:
    organisation_id, secret = split_cookie(cookie)
    this = _this(organisation_id, secret)
    with platform.database.transaction(organisation_id) as connection:
        row = _row(connection, organisation_id, secret)
        if row is None:
            raise NotSignedIn("Du är inte inloggad.")
        session = _as_session(platform, row, secret)
        paused = row.state not in AT_WORK
        ended = paused or not row.active or row.moment >= min(session.idle_at, session.ends_at)
        is_there = touch and not session.is_locked
        checked = browser_proof.check(row, secret, shown.proof, may_rotate=is_there) if shown else Checked()
        if ended:
            connection.execute(delete(sessions).where(*this))
        elif not checked.is_copy:
            values = {**dict.fromkeys(_touched(row) if is_there else (), func.now()), **checked.values}
            write = update(sessions).where(*this, browser_proof.unchanged(sessions, row)).values(values)
            if values and not connection.execute(write).rowcount:
                checked = Checked(keep=shown.proof if shown else "")  # another page has just rotated it
    if paused:
        raise NotSignedIn(PAUSED)
    if ended:
        raise NotSignedIn("Du har loggats ut. Logga in igen för att fortsätta.")
    if checked.is_copy and shown:
        _end(platform, organisation_id, secret, "user.session-copied", shown.address, told_as="session-copied")
        raise Copied(COPIED)
    if session.is_locked and not even_locked:
        raise Locked("Appen är låst. Lås upp den för att fortsätta.")
    return session, checked.keep


def note_present(platform: Platform, cookie: str | None) -> None:
    """Record that a page of the session is being looked at; this keeps it from locking, but does not extend it.

    Raises:
        NotSignedIn: As `find` does.
        Locked: It is locked already.
    """
    find(platform, cookie, touch=False)
    _write(platform, cookie, {"present_at": func.now()})


def set_lock(platform: Platform, cookie: str | None, minutes: int | None) -> None:
    """Give a session a lock, or remove it.

    Args:
        platform: The installation.
        cookie: The session's cookie.
        minutes: One of `LOCK_MINUTES`; None for no lock.

    Raises:
        ValueError: `minutes` is not one of `LOCK_MINUTES`.
    """
    if minutes is not None and minutes not in LOCK_MINUTES:
        raise ValueError(f"no lock of {minutes} minutes")
    _write(platform, cookie, {"lock_minutes": minutes, "present_at": func.now()})


def unlock(platform: Platform, cookie: str | None, signed_in: SignedIn) -> bool:
    """Unlock a locked session of the user who has just used a passkey; nothing else about it changes.

    Args:
        platform: The installation.
        cookie: The session's cookie.
        signed_in: The result of the flow; the caller has checked that it was by a passkey.

    Returns:
        Whether there was a locked session of the same person.
    """
    try:
        session = find(platform, cookie, touch=False, even_locked=True)
    except NotSignedIn:
        return False
    if not session.is_locked or session.user.id != signed_in.user.id or signed_in.loa > session.loa:
        return False
    _write(platform, cookie, {"present_at": func.now()})
    return True


def _write(platform: Platform, cookie: str | None, values: Mapping[str, Any]) -> None:
    organisation_id, secret = split_cookie(cookie)
    with platform.database.transaction(organisation_id) as connection:
        connection.execute(update(sessions).where(*_this(organisation_id, secret)).values(values))


def _touched(row: Row[Any]) -> list[str]:
    """Return the time columns to update."""
    columns = ["seen_at"] if row.moment - row.seen_at >= TOUCH_EVERY else []
    is_stale = row.lock_minutes is not None and row.moment - (row.present_at or row.created_at) >= PRESENT_EVERY
    return [*columns, "present_at"] if is_stale else columns


def end(platform: Platform, cookie: str | None) -> Ended | None:
    """Sign out, and return the ended session; an unknown cookie is not an error."""
    try:
        organisation_id, secret = split_cookie(cookie)
    except NotSignedIn:
        return None
    return _end(platform, organisation_id, secret, "user.signed-out")


def _end(
    platform: Platform, organisation_id: UUID, secret: str, kind: str, address: str = "", told_as: str = ""
) -> Ended | None:
    """End a session, with an entry in the event log; with `told_as`, announce it to the user as this kind of change."""
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        statement = delete(sessions).where(*_this(organisation_id, secret)).returning(sessions)
        row = work.connection.execute(statement).one_or_none()
        if row is None:
            return None
        name = select(users.c.name).where(users.c.organisation_id == organisation_id, users.c.id == row.user_id)
        actor = UserActor(organisation_id, row.user_id, work.connection.execute(name).scalar_one(), address=address)
        platform.database.notify(work.connection, {"o": organisation_id, "u": row.user_id, "k": "access"})
        audit.record(work, kind, row.user_id, actor)
        if told_as:
            announce_change(work, row.user_id, told_as)
        return provider_sessions.ended(work, row)


def sweep(platform: Platform) -> int:
    """Delete expired sessions; returns how many. Run it as a job."""
    return platform.in_each_organisation(lambda organisation_id: _sweep(platform, organisation_id))


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        idle, absolute = limits(read_settings(work, SignOutSettings))
        has_ended = (
            (sessions.c.seen_at < func.now() - idle)
            | (sessions.c.created_at < func.now() - absolute)
            | (sessions.c.provider_ends_at < func.now())
        )
        statement = delete(sessions).where(sessions.c.organisation_id == organisation_id, has_ended)
        return work.connection.execute(statement).rowcount


def _row(connection: Connection, organisation_id: UUID, secret: str) -> Row[Any] | None:
    who = and_(users.c.organisation_id == sessions.c.organisation_id, users.c.id == sessions.c.user_id)
    waits = select(func.min(identities.c.opens_at)).where(
        identities.c.organisation_id == sessions.c.organisation_id,
        identities.c.user_id == sessions.c.user_id,
        identities.c.opens_at > func.now(),
    )
    query = select(
        sessions,
        waits.scalar_subquery().label("way_opens_at"),
        users.c.email,
        users.c.name,
        users.c.language,
        users.c.role,
        users.c.active,
        users.c.preferences[THEME].as_string().label("theme"),
        organisations.c.name.label("organisation"),
        organisations.c.slug,
        organisations.c.settings,
        organisations.c.state,
        core_choices(sessions.c.organisation_id).label("choices"),
        func.now().label("moment"),
    )
    query = query.select_from(
        sessions.join(users, who).join(organisations, organisations.c.id == sessions.c.organisation_id)
    )
    return connection.execute(query.where(*_this(organisation_id, secret))).one_or_none()


def _as_session(platform: Platform, row: Row[Any], secret: str) -> Session:
    role, loa = Role(row.role), Loa(row.loa)
    idle, absolute = limits(settings_of(platform, SignOutSettings, row.choices))
    mark = hmac.digest(secret.encode(), b"budkavle event log", "sha256").hex()[:MARK_LENGTH]
    return Session(
        actor=UserActor(row.organisation_id, row.user_id, row.name, role, loa, row.language, row.provider, mark),
        user=User(row.user_id, row.organisation_id, row.email, row.name, row.language, role, row.active),
        organisation=Organisation(row.organisation_id, row.organisation, row.slug, row.settings),
        loa=loa,
        provider=row.provider,
        identified_at=row.identified_at,
        idle_at=row.seen_at + idle,
        ends_at=min(row.created_at + absolute, row.provider_ends_at or row.created_at + absolute),
        csrf=hmac.digest(secret.encode(), b"budkavle csrf", "sha256").hex(),
        way_opens_at=row.way_opens_at,
        choices=row.choices,
        lock_minutes=row.lock_minutes,
        is_locked=_is_locked(row),
        theme=row.theme or "",
    )


def _is_locked(row: Row[Any]) -> bool:
    if row.lock_minutes is None:
        return False
    away: timedelta = row.moment - (row.present_at or row.created_at)
    return away >= timedelta(minutes=row.lock_minutes)


def limits(settings: SignOutSettings) -> tuple[timedelta, timedelta]:
    """Return the idle limit and the absolute limit of a session."""
    return timedelta(minutes=settings.session_idle_minutes), timedelta(minutes=settings.session_absolute_minutes)


def split_cookie(cookie: str | None) -> tuple[UUID, str]:
    """Return the organisation and the secret of a cookie.

    Raises:
        NotSignedIn: It is not a cookie of ours.
    """
    organisation, _, secret = (cookie or "").partition(".")
    try:
        return UUID(organisation), secret
    except ValueError as error:
        raise NotSignedIn("Du är inte inloggad.") from error


def _this(organisation_id: UUID, secret: str) -> "tuple[Any, Any]":
    return (sessions.c.organisation_id == organisation_id, sessions.c.hash == digest(secret))


def digest(secret: str) -> bytes:
    """Return the hash of a cookie's secret, which is stored instead of it."""
    return hashlib.sha256(secret.encode()).digest()
