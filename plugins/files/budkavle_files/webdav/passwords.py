"""Application passwords: what a computer's file manager signs in with, since it cannot use an e-legitimation.

A user creates a password after a recent sign-in. It has a name, an end and a level of assurance, which is never higher
than the user's own at its creation. Only its hash is stored. It ends when its user is signed out everywhere.
"""

import hashlib
import secrets
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from budkavle import ActorScope, Conflict, Forbidden, Host, Invalid, Loa, NotFound, Sentence, UserActor, Work, record
from budkavle.accounts import find_organisation, find_user, read_settings
from budkavle_files.tree.settings import FileSettings
from budkavle_files.webdav.tables import passwords

MOST = 20
"""The most passwords of one user at the same time."""
LONGEST_NAME = 100
DAYS = (30, 90, 180, 365)
"""How many days a new password may be valid."""
TOUCH_EVERY = timedelta(minutes=1)
"""How often `used_at` is written, so that concurrent requests do not wait for each other's row."""
OFF = "Er organisation använder inte Filer som en enhet på datorn."
_GONE = "Applösenordet finns inte."
_FAULT = "Applösenordet kunde inte skapas."


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password to be created.

    Attributes:
        name: The user's name for it, such as the computer's.
        days: How many days it is valid.
        loa: The level of assurance that it gives.
    """

    name: str
    days: int
    loa: int


@dataclass(frozen=True, slots=True)
class AppPassword:
    """A password, without its secret.

    Attributes:
        expires_at: When it ends, or ended: an earlier signing out everywhere ends it too.
        used_at: When it was last used; None if never.
    """

    id: UUID
    name: str
    loa: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether it has expired."""
        return self.expires_at <= datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user who has signed in with a valid password."""

    actor: UserActor
    password_id: UUID


def create_password(host: Host, work: Work, new: NewPassword) -> str:
    """Create a password of the actor's; the caller has checked that the actor has just signed in.

    Args:
        host: The plugin's host.
        work: Its actor is a user.
        new: The password.

    Returns:
        The secret, which cannot be retrieved again.

    Raises:
        Forbidden: The organisation has not switched it on, or the actor is not a user.
        Invalid: With a sentence at each invalid field.
        Conflict: The user has the maximum number of passwords, or one with this name.
    """
    settings = require_on(work)
    if work.actor.user_id is None:
        raise Forbidden("Det här kan bara en person med konto göra.")
    faults: dict[str, str] = {}
    if not 0 < len(new.name.strip()) <= LONGEST_NAME:
        faults["name"] = Sentence("Skriv ett namn på högst {longest_name} tecken.", longest_name=LONGEST_NAME)
    if new.days not in DAYS:
        faults["days"] = "Välj hur länge lösenordet ska gälla."
    if new.loa not in levels(settings, work.actor.loa):
        faults["loa"] = "Välj en tillitsnivå som du har nu och som organisationen tillåter."
    if faults:
        raise Invalid(_FAULT, fields=faults)
    secret, password_id = _new_secret(work.organisation_id), uuid4()
    row: dict[str, Any] = {
        "organisation_id": work.organisation_id,
        "id": password_id,
        "user_id": work.actor.user_id,
        "name": new.name.strip(),
        "hash": _hash(secret),
        "loa": new.loa,
        "created_at": func.now(),
        "expires_at": func.now() + timedelta(days=new.days),
    }
    with host.tables(work) as connection:
        # One at a time; otherwise two concurrent requests could create one too many.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"files_passwords {work.actor.user_id}"))))
        count = select(func.count()).select_from(passwords).where(*_mine(work))
        if connection.execute(count).scalar_one() >= MOST:
            raise Conflict("Du har redan {most} applösenord. Ta bort ett av dem först.", most=MOST)
        same = select(passwords.c.id).where(*_mine(work), func.lower(passwords.c.name) == row["name"].lower())
        if connection.execute(same).first() is not None:  # also when the page that showed a password is loaded again
            raise Conflict("Du har redan ett applösenord med det namnet. Välj ett annat namn.")
        connection.execute(insert(passwords).values(row))
    record(work, "files.password-made", password_id, loa=new.loa, days=new.days)
    return secret


def list_passwords(host: Host, work: Work) -> list[AppPassword]:
    """Return the actor's passwords, including expired ones, the newest first."""
    query = select(passwords).where(*_mine(work)).order_by(passwords.c.created_at.desc(), passwords.c.id)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    out_at = find_user(work, work.actor.user_id).signed_out_at if work.actor.user_id else None
    return [AppPassword(row.id, row.name, row.loa, row.created_at, _end(row, out_at), row.used_at) for row in rows]


def _end(row: "Row[*tuple[Any, ...]]", out_at: datetime | None) -> datetime:
    """Return when a password ends, by its own time or because its user has been signed out everywhere."""
    ends: datetime = row.expires_at
    return ends if out_at is None or out_at < row.created_at else min(ends, out_at)


def find_password(host: Host, work: Work, password_id: UUID) -> AppPassword:
    """Return a password of the actor's.

    Raises:
        NotFound: The actor has no such password.
    """
    password = next((each for each in list_passwords(host, work) if each.id == password_id), None)
    if password is None:
        raise NotFound(_GONE)
    return password


def end_password(host: Host, work: Work, password_id: UUID) -> None:
    """End a password of the actor's; the next request with it is refused.

    Raises:
        NotFound: The actor has no such password.
    """
    with host.tables(work) as connection:
        result = connection.execute(delete(passwords).where(*_mine(work), passwords.c.id == password_id))
    if not result.rowcount:
        raise NotFound(_GONE)
    record(work, "files.password-ended", password_id)


def find_signed_in(host: Host, user_name: str, secret: str) -> SignedIn | None:
    """Return the user of a user name and a secret; None if they are wrong, or no longer valid.

    Args:
        host: The plugin's host.
        user_name: The account's e-mail address, in any case.
        secret: The password.
    """
    organisation_id = _organisation_of(secret)
    if organisation_id is None:
        return None
    with_secret = (passwords.c.organisation_id == organisation_id, passwords.c.hash == _hash(secret))
    is_valid = passwords.c.expires_at > func.now()
    stale = passwords.c.used_at.is_(None) | (passwords.c.used_at < func.now() - TOUCH_EVERY)
    columns = (passwords.c.id, passwords.c.user_id, passwords.c.loa, passwords.c.created_at, stale.label("stale"))
    query = select(*columns).where(*with_secret, is_valid)
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        with host.tables(work) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        actor = _actor(work, row, user_name)
        if actor is not None and row.stale:
            with host.tables(work) as connection:
                connection.execute(update(passwords).where(*with_secret).values(used_at=func.now()))
    return SignedIn(actor, row.id) if actor is not None else None


def sweep(host: Host, work: Work) -> int:
    """Delete passwords that expired a month ago; return how many."""
    over = passwords.c.expires_at < func.now() - timedelta(days=30)
    with host.tables(work) as connection:
        return connection.execute(
            delete(passwords).where(passwords.c.organisation_id == work.organisation_id, over)
        ).rowcount


def require_on(work: Work) -> FileSettings:
    """Return the organisation's settings.

    Raises:
        Forbidden: It has not switched WebDAV on.
    """
    settings = read_settings(work, FileSettings)
    if not settings.webdav:
        raise Forbidden(OFF)
    return settings


def levels(settings: FileSettings, loa: Loa) -> range:
    """Return the levels of assurance that a user signed in at a level may give a password."""
    return range(min(int(loa), settings.webdav_loa) + 1)


def _actor(work: Work, row: "Row[*tuple[Any, ...]]", user_name: str) -> UserActor | None:
    settings = read_settings(work, FileSettings)
    try:
        user = find_user(work, row.user_id)
    except NotFound:
        return None
    may = user.active and settings.webdav and find_organisation(work).is_at_work
    has_ended = user.signed_out_at is not None and user.signed_out_at >= row.created_at
    if not may or has_ended or user.email.casefold() != user_name.strip().casefold():
        return None
    return user.acting(Loa(min(row.loa, settings.webdav_loa)))


def _new_secret(organisation_id: UUID) -> str:
    """Return a secret of letters and digits: the organisation's id, and 160 random bits."""
    return b32encode(organisation_id.bytes + secrets.token_bytes(20)).decode().rstrip("=").lower()


def _organisation_of(secret: str) -> UUID | None:
    padded = secret.strip().upper()
    try:
        plain = b32decode(padded + "=" * (-len(padded) % 8))
    except ValueError:
        return None
    return UUID(bytes=plain[:16]) if len(plain) == 36 else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.strip().lower().encode()).digest()


def _mine(work: Work) -> tuple[ColumnElement[bool], ...]:
    return passwords.c.organisation_id == work.organisation_id, passwords.c.user_id == work.actor.user_id
