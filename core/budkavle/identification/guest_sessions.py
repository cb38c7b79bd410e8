"""Guest sessions: short sessions of people without an account who have identified to read one message.

The cookie is `ORGANISATION.SECRET`, as in `sessions`, under another name; it gives access only to its own `ref`.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update

from budkavle.identification import browser_proof
from budkavle.identification.browser_proof import Shown
from budkavle.identification.flow_store import digest
from budkavle.identification.outcome import GuestIn
from budkavle.identification.sessions import TOUCH_EVERY, split_cookie
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.states import AT_WORK
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.storage.tables import guest_sessions as table
from budkavle.storage.tables import organisations

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Guest:
    """A person without an account who has identified to read one message.

    Attributes:
        ref: What may be read, `link:DELIVERY`; a page shows nothing else to this guest.
        method: The method of identification, in words.
        name: The person's name as the provider gave it; may be empty.
        csrf: The token of forms, bound to this session.
    """

    organisation_id: UUID
    ref: str
    loa: Loa
    provider: str
    method: str
    name: str
    csrf: str


class _GuestDetails(msgspec.Struct, frozen=True):
    method: str
    name: str


def start(platform: Platform, guest: GuestIn, old_cookie: str | None = None) -> str:
    """Create a session for a guest who has just identified, and return its cookie; the browser's earlier one ends."""
    end(platform, old_cookie)
    organisation_id, secret = guest.of.organisation_id, secrets.token_urlsafe(32)
    details = msgspec.json.encode(_GuestDetails(guest.method, guest.name))
    row = {
        "organisation_id": organisation_id,
        "hash": digest(secret),
        "ref": guest.of.ref,
        "loa": int(guest.loa),
        "provider": guest.provider,
        "facts": platform.vault.seal_small(organisation_id, _label(secret), details),
        "created_at": func.now(),
        "seen_at": func.now(),
    }
    with platform.database.transaction(organisation_id) as connection:
        connection.execute(insert(table).values(row))
    return f"{organisation_id}.{secret}"


def find(platform: Platform, cookie: str | None, shown: Shown) -> tuple[Guest | None, str]:
    """Return the guest behind a cookie, and the proof that the browser keeps from now on.

    Args:
        platform: The installation.
        cookie: The cookie as the browser sent it.
        shown: What the browser sent in addition.

    Returns:
        The guest, or None if there is no session, or it has ended. A copy of the cookies ends it for both browsers.
    """
    try:
        organisation_id, secret = split_cookie(cookie)
    except NotSignedIn:
        return None, shown.proof
    this = (table.c.organisation_id == organisation_id, table.c.hash == digest(secret))
    works = select(organisations.c.id).where(organisations.c.id == organisation_id, organisations.c.state.in_(AT_WORK))
    alive = (table.c.seen_at > func.now() - IDLE, table.c.created_at > func.now() - LONGEST, works.exists())
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        row = work.connection.execute(select(table, func.now().label("moment")).where(*this, *alive)).one_or_none()
        if row is None:
            return None, shown.proof
        checked = browser_proof.check(row, secret, shown.proof, may_rotate=True)
        if checked.is_copy:
            if work.connection.execute(delete(table).where(*this)).rowcount:
                audit.record(work, "guest.session-copied", row.ref.partition(":")[2])
            return None, shown.proof
        is_late = row.moment - row.seen_at >= TOUCH_EVERY
        values = {**checked.values, **({"seen_at": func.now()} if is_late else {})}
        write = update(table).where(*this, browser_proof.unchanged(table, row)).values(values)
        is_written = not values or work.connection.execute(write).rowcount == 1
    return _as_guest(platform, row, secret), checked.keep if is_written else shown.proof


def end(platform: Platform, cookie: str | None) -> None:
    """End a guest's session; an unknown cookie is not an error."""
    try:
        organisation_id, secret = split_cookie(cookie)
    except NotSignedIn:
        return
    statement = delete(table).where(table.c.organisation_id == organisation_id, table.c.hash == digest(secret))
    with platform.database.transaction(organisation_id) as connection:
        connection.execute(statement)


def sweep(platform: Platform) -> int:
    """Delete expired guest sessions; returns how many. Run it as a job."""
    return platform.in_each_organisation(partial(_sweep, platform))


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    over = (table.c.seen_at < func.now() - IDLE) | (table.c.created_at < func.now() - LONGEST)
    with platform.database.transaction(organisation_id) as connection:
        return connection.execute(delete(table).where(table.c.organisation_id == organisation_id, over)).rowcount


def _as_guest(platform: Platform, row: Any, secret: str) -> Guest:
    plain = platform.vault.open_small(row.organisation_id, _label(secret), row.facts)
    details = msgspec.json.decode(plain, type=_GuestDetails)
    csrf = hmac.digest(secret.encode(), b"budkavle guest csrf", "sha256").hex()
    return Guest(row.organisation_id, row.ref, Loa(row.loa), row.provider, details.method, details.name, csrf)


def _label(secret: str) -> str:
    return f"guest:{digest(secret).hex()}"
