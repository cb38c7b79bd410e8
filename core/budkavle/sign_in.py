"""Identification as a flow: an identity provider answers step by step, and the core keeps what a flow is about.

The core owns the flow's state (sealed, and only ever here), its binding to the browser that began it, its single
use, its end after ten minutes, and the level of assurance that a provider may claim. A flow ends in `SignedIn`, which
`sessions.start` makes a session of.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from budkavle import audit
from budkavle.calling import call
from budkavle.contracts import Failed, IdentityProvider, Poll, Prompt, Redirect, Step
from budkavle.errors import Conflict, Invalid, NotFound
from budkavle.loa import Loa
from budkavle.password_provider import PasswordProvider
from budkavle.people import Actor, Identity, User
from budkavle.platform import Platform
from budkavle.tables import flows
from budkavle.users import account

LIFETIME = timedelta(minutes=10)
OVER = "Inloggningen tog för lång tid eller hör till en annan webbläsare. Börja om från början."
NO_ACCOUNT = "Det finns inget konto för dig här. Be organisationens administratör om ett."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a flow ended in, how surely, and where the browser wanted to go."""

    user: User
    loa: Loa
    provider: str
    return_to: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next of a flow: a step to show, or, at the end, who has signed in."""

    flow: str
    step: Redirect | Poll | Prompt | Failed | None = None
    signed_in: SignedIn | None = None


class _Kept(msgspec.Struct, frozen=True):
    """The sealed part of a flow: the provider's last state, and the hints that it was begun with."""

    state: dict[str, str]
    hints: dict[str, str]
    account: str | None = None
    """Who was signed in already; a rise in LoA must end in the same person."""


def providers(platform: Platform) -> dict[str, IdentityProvider]:
    """Return every way to sign in, by name; the password is built in."""
    return {PasswordProvider.name: PasswordProvider(platform), **platform.plugins.identity_providers}


def begin(
    platform: Platform,
    provider: str,
    browser: str,
    *,
    wanted: Loa = Loa.ONE,
    return_to: str = "/",
    hints: Mapping[str, str] | None = None,
    signed_in: UUID | None = None,
) -> Turn:
    """Begin a flow.

    Args:
        platform: What everything stands on.
        provider: The way, one of `providers`.
        browser: A secret of the browser's own cookie, to which the flow is bound.
        wanted: The level that is needed; less will not do.
        return_to: A path of ours to go to afterwards; anything else becomes `/`.
        hints: `email`, `language`, `ip`, as in `IdentityProvider.start`.
        signed_in: For a rise in level: the user who must also come out of it.

    Raises:
        NotFound: There is no such way.
        Invalid: It can never reach the wanted level.
    """
    way = _way(platform, provider)
    if not way.max_loa.meets(wanted):
        raise Invalid("Det här sättet att logga in når inte den tillitsnivå som behövs. Välj ett annat.")
    flow = secrets.token_urlsafe(32)
    given = dict(hints or {})
    step = cast("Step", call(way.start, wanted, given))
    kept = _Kept(_state(step, {}), given, str(signed_in) if signed_in else None)
    row = {
        "hash": _hash(flow),
        "browser": _hash(browser),
        "provider": provider,
        "wanted": int(wanted),
        "state": _seal(platform, flow, kept),
        "return_to": safe_path(return_to),
        "expires_at": func.now() + LIFETIME,
    }
    with platform.database.transaction(None) as connection:
        connection.execute(insert(flows).values(row))
    return _turn(platform, flow, browser, step)


def advance(platform: Platform, flow: str, browser: str, answers: Mapping[str, str]) -> Turn:
    """Go on with what the browser brought: typed fields, or the query of a peer's redirect.

    Raises:
        NotFound: The flow is over, used, or was begun in another browser.
        Conflict: The same flow went on in another window at the same moment.
    """
    row = _row(platform, flow, browser)
    kept = _open(platform, flow, row.state)
    step = cast("Step", call(_way(platform, row.provider).advance, kept.state, dict(answers)))
    if not isinstance(step, Identity):
        _keep(platform, flow, row, msgspec.structs.replace(kept, state=_state(step, kept.state)))
    return _turn(platform, flow, browser, step)


def cancel(platform: Platform, flow: str, browser: str) -> None:
    """Give up a flow; the provider is told, and it cannot go on. A flow that is over already is no error."""
    try:
        row = _row(platform, flow, browser)
    except NotFound:
        return
    _use(platform, flow, browser)
    call(_way(platform, row.provider).cancel, _open(platform, flow, row.state).state)


def sweep(platform: Platform) -> int:
    """Forget the flows that are over; returns how many. Run it as a job."""
    with platform.database.transaction(None) as connection:
        return connection.execute(delete(flows).where(flows.c.expires_at < func.now())).rowcount


def safe_path(target: str) -> str:
    """Return a path of our own to go to after signing in; anything that could lead elsewhere becomes `/`."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    plain = target.isprintable() and "\\" not in target
    return target if ours and plain else "/"


def _turn(platform: Platform, flow: str, browser: str, step: Step) -> Turn:
    if isinstance(step, Identity):
        return _end(platform, flow, browser, step)
    if isinstance(step, Failed) and not step.retry:
        _use(platform, flow, browser)
    return Turn(flow, step)


def _end(platform: Platform, flow: str, browser: str, identity: Identity) -> Turn:
    row = _use(platform, flow, browser)
    kept = _open(platform, flow, row.state)
    way = _way(platform, row.provider)
    loa = min(identity.loa, way.max_loa)
    if not loa.meets(Loa(row.wanted)):
        return Turn(flow, Failed("Legitimeringen nådde inte den tillitsnivå som behövs. Välj ett annat sätt."))
    user = account(platform, identity.attributes.get("email", ""))
    if user is None or (kept.account is not None and str(user.id) != kept.account):
        return Turn(flow, Failed(NO_ACCOUNT))
    _record(platform, user, row.provider, loa)
    return Turn(flow, signed_in=SignedIn(user, loa, row.provider, row.return_to))


def _record(platform: Platform, user: User, provider: str, loa: Loa) -> None:
    actor = Actor(user.organisation_id, user.id, user.name, user.role, loa, user.language)
    with platform.database.transaction(user.organisation_id) as connection:
        audit.record(connection, actor, "user.signed-in", user.id, provider=provider, loa=int(loa))


def _way(platform: Platform, provider: str) -> IdentityProvider:
    found = providers(platform).get(provider)
    if found is None:
        raise NotFound("Det sättet att logga in finns inte här.")
    return found


def _row(platform: Platform, flow: str, browser: str) -> Row[Any]:
    query = select(flows).where(
        flows.c.hash == _hash(flow),
        flows.c.browser == _hash(browser),
        flows.c.used.is_(False),
        flows.c.expires_at > func.now(),
    )
    with platform.database.transaction(None) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(OVER)
    return row


def _keep(platform: Platform, flow: str, row: Row[Any], kept: _Kept) -> None:
    same = (flows.c.hash == row.hash, flows.c.state == row.state, flows.c.used.is_(False))
    with platform.database.transaction(None) as connection:
        write = update(flows).where(*same).values(state=_seal(platform, flow, kept))
        if not connection.execute(write).rowcount:
            raise Conflict("Inloggningen gick vidare i ett annat fönster. Fortsätt där, eller börja om.")


def _use(platform: Platform, flow: str, browser: str) -> Row[Any]:
    """Mark the flow as used; of two who try, one gets the row."""
    write = update(flows).where(
        flows.c.hash == _hash(flow),
        flows.c.browser == _hash(browser),
        flows.c.used.is_(False),
        flows.c.expires_at > func.now(),
    )
    with platform.database.transaction(None) as connection:
        row = connection.execute(write.values(used=True).returning(flows)).one_or_none()
    if row is None:
        raise NotFound(OVER)
    return row


def _state(step: Step, old: Mapping[str, str]) -> dict[str, str]:
    return dict(step.state if isinstance(step, Poll | Prompt | Redirect) else old)


def _seal(platform: Platform, flow: str, kept: _Kept) -> bytes:
    return platform.vault.seal_installation(_label(flow), msgspec.json.encode(kept))


def _open(platform: Platform, flow: str, sealed: bytes) -> _Kept:
    return msgspec.json.decode(platform.vault.open_installation(_label(flow), sealed), type=_Kept)


def _label(flow: str) -> str:
    return f"flow:{_hash(flow).hex()}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
