"""Stored identification flows: sealed, bound to the browser that started them, used once, valid for ten minutes."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from budkavle.model.errors import Conflict, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import ProviderSession
from budkavle.storage.platform import Platform
from budkavle.storage.tables import flows as table

LIFETIME = timedelta(minutes=10)
OVER = "Inloggningen tog för lång tid eller hör till en annan webbläsare. Börja om från början."


class Candidate(msgspec.Struct, frozen=True):
    """An account that an identity opens, while the person chooses among several."""

    organisation_id: str
    user_id: str
    loa: int = 1
    """The level that the identity gives there."""


class PendingChoice(msgspec.Struct, frozen=True):
    """The identity from a provider, with its level, while the person chooses an account."""

    subject: str
    loa: int
    method: str
    candidates: list[Candidate]
    evidence: str = ""
    at: str = ""
    """When the person identified, according to the provider, in seconds since 1970; empty if not given."""
    session: ProviderSession | None = None
    """The person's session at the provider."""


PURPOSE = "purpose"
"""The hint that is a sentence; the flow stores it as `Sentence.to_text` returns it."""


class Ended(msgspec.Struct, frozen=True):
    """The result of a flow: an account's id, or the `ref` of a guest; and the time, in seconds since 1970."""

    who: str
    at: float


class FlowContent(msgspec.Struct, frozen=True):
    """The sealed part of a flow: the provider's last state, and the parameters of the flow."""

    state: dict[str, str]
    hints: dict[str, str]
    return_to: str
    again: str
    """The path for starting again."""
    organisation: str | None = None
    """The organisation of the account that must identify, or of the guest's message."""
    account: str | None = None
    """The signed-in account: for a higher level the same person must identify, and a link is added to this account."""
    loa: int = 0
    """The level of that account's session."""
    session: str = ""
    """The mark of that session, as in the event log; a method is added in no other one."""
    link: bool = False
    trial: bool = False
    """Whether an administrator of the installation tries the provider: nobody is signed in."""
    guest: str | None = None
    """The `ref` of what a guest may read."""
    invitation: str = ""
    """The mark of the invitation that the person uses by identifying."""
    asks: bool = False
    """Whether the last step asked for something that could be guessed."""
    found: PendingChoice | None = None
    ended: Ended | None = None
    """The result, if the flow has succeeded."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow, as seen by its own browser."""

    secret: str
    browser: str
    provider: str
    wanted: Loa
    content: FlowContent
    sealed: bytes
    began_at: datetime


def begin(platform: Platform, browser: str, provider: str, wanted: Loa, content: FlowContent) -> Flow:
    """Store a new flow."""
    secret = secrets.token_urlsafe(32)
    sealed = _seal(platform, secret, content)
    row = {
        "hash": digest(secret),
        "browser": digest(browser),
        "provider": provider,
        "wanted": int(wanted),
        "state": sealed,
        "return_to": "",
        "expires_at": func.now() + LIFETIME,
    }
    with platform.database.transaction(None) as connection:
        ends = connection.execute(insert(table).values(row).returning(table.c.expires_at)).scalar_one()
    return Flow(secret, browser, provider, wanted, content, sealed, ends - LIFETIME)


def find(platform: Platform, secret: str, browser: str) -> Flow:
    """Return a flow in progress in this browser.

    Raises:
        NotFound: It has expired, is used, or was started in another browser.
    """
    with platform.database.transaction(None) as connection:
        row = connection.execute(select(table).where(*_open(secret, browser))).one_or_none()
    if row is None:
        raise NotFound(OVER)
    return _flow(platform, secret, browser, row)


def save(platform: Platform, flow: Flow, content: FlowContent) -> None:
    """Store the new state of a flow.

    Raises:
        Conflict: The same flow continued in another window at the same moment.
    """
    same = (table.c.hash == digest(flow.secret), table.c.state == flow.sealed, table.c.used.is_(False))
    with platform.database.transaction(None) as connection:
        write = update(table).where(*same).values(state=_seal(platform, flow.secret, content))
        if not connection.execute(write).rowcount:
            raise Conflict("Inloggningen gick vidare i ett annat fönster. Fortsätt där, eller börja om.")


def use(platform: Platform, flow: Flow, *, who: str = "") -> None:
    """Do what `use_in` does in a transaction of its own."""
    with platform.database.transaction(None) as connection:
        use_in(platform, connection, flow, who=who)


def use_in(platform: Platform, connection: Connection, flow: Flow, *, who: str = "") -> None:
    """Mark a flow as used, in the transaction of its outcome; of two concurrent attempts, only one succeeds.

    Args:
        platform: The installation.
        connection: A transaction, of any organisation or of none.
        flow: The flow.
        who: The result: an account's id, or the `ref` of a guest; empty if nobody identified.

    Raises:
        NotFound: It has expired or is used.
    """
    values: dict[str, Any] = {"used": True}
    if who:
        values["state"] = _seal(platform, flow.secret, replace(flow.content, ended=Ended(who, time.time())))
    write = update(table).where(*_open(flow.secret, flow.browser)).values(values)
    if not connection.execute(write).rowcount:
        raise NotFound(OVER)


def ended(platform: Platform, secret: str, browser: str) -> Flow | None:
    """Return a flow of this browser that has succeeded, as long as it is kept; it no longer gives access."""
    mine = (table.c.hash == digest(secret), table.c.browser == digest(browser))
    over = (table.c.used.is_(True), table.c.expires_at > func.now())
    with platform.database.transaction(None) as connection:
        row = connection.execute(select(table).where(*mine, *over)).one_or_none()
    flow = _flow(platform, secret, browser, row) if row else None
    return flow if flow and flow.content.ended else None


def origin(platform: Platform, secret: str, browser: str) -> FlowContent | None:
    """Return the content of a flow of this browser, even if it is over; None if it is another browser's."""
    query = select(table).where(table.c.hash == digest(secret), table.c.browser == digest(browser))
    with platform.database.transaction(None) as connection:
        row = connection.execute(query).one_or_none()
    return _flow(platform, secret, browser, row).content if row else None


def sweep(platform: Platform) -> int:
    """Delete expired flows; returns how many. Run it as a job."""
    with platform.database.transaction(None) as connection:
        return connection.execute(delete(table).where(table.c.expires_at < func.now())).rowcount


def digest(secret: str) -> bytes:
    """Return the hash of a secret, which is stored instead of it."""
    return hashlib.sha256(secret.encode()).digest()


def _open(secret: str, browser: str) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.hash == digest(secret),
        table.c.browser == digest(browser),
        table.c.used.is_(False),
        table.c.expires_at > func.now(),
    )


def _flow(platform: Platform, secret: str, browser: str, row: Any) -> Flow:
    plain = platform.vault.open_installation(_label(secret), row.state)
    content, began_at = msgspec.json.decode(plain, type=FlowContent), row.expires_at - LIFETIME
    return Flow(secret, browser, row.provider, Loa(row.wanted), content, row.state, began_at)


def _seal(platform: Platform, secret: str, content: FlowContent) -> bytes:
    return platform.vault.seal_installation(_label(secret), msgspec.json.encode(content))


def _label(secret: str) -> str:
    return f"flow:{digest(secret).hex()}"
