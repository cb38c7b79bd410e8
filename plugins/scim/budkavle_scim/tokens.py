"""Bearer tokens: created for one organisation, shown once, stored as a hash, and checked at each request.

Two may be valid at the same time, so that a directory can get a new one before the old one expires.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update

from budkavle import Actor, ActorScope, Conflict, Host, Invalid, NotFound, Sentence, SystemActor, record
from budkavle.accounts import require_admin
from budkavle.storage import QueryFile, Statement
from budkavle_scim.tables import tokens


class _Queries(QueryFile):
    find_organisation: Statement


QUERIES = _Queries.load()
MOST = 2
"""Tokens that may be valid at the same time."""
LONGEST_NAME = 100
DAYS = (90, 180, 365)
"""Choices for how long a new token is valid."""
SOON = timedelta(days=30)
"""How long before its expiry a token causes a warning."""
TOUCH_EVERY = timedelta(minutes=1)
"""How often `used_at` is written, so that concurrent requests do not wait for each other's row."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret.

    Attributes:
        used_at: When the directory last used it; None if never.
    """

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def left(self, now: datetime) -> timedelta:
        """Return how long it remains valid."""
        return self.expires_at - now

    def ends_soon(self, now: datetime) -> bool:
        """Tell whether it expires soon, or has expired."""
        return self.left(now) < SOON


@dataclass(frozen=True, slots=True)
class Caller:
    """A directory with a valid token.

    Attributes:
        organisation_id: The directory's organisation.
        token: The token.
    """

    organisation_id: UUID
    token: Token

    def acting(self, host: Host) -> SystemActor:
        """Return the directory's actor, for the event log, with its scopes."""
        return host.system(
            self.organisation_id, ActorScope.ADMINISTER, ActorScope.ACCOUNTS, name=f"SCIM, {self.token.name}"
        )


def create(host: Host, actor: Actor, name: str, days: int) -> str:
    """Create a token, and return its secret, which is not stored.

    Args:
        host: The plugin's host.
        actor: An administrator of the organisation.
        name: A name for people.
        days: How long it is valid.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: A field is invalid.
        Conflict: The largest number of valid tokens is reached, or one of them has this name.
    """
    faults: dict[str, str] = {}
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        faults["name"] = Sentence("Skriv ett namn på högst {longest_name} tecken.", longest_name=LONGEST_NAME)
    if days not in DAYS:
        faults["days"] = "Välj hur länge nyckeln ska gälla."
    secret, token_id = secrets.token_urlsafe(32), uuid4()
    with host.work(actor) as work:
        require_admin(actor)
        if faults:
            raise Invalid("Nyckeln kunde inte skapas.", fields=faults)
        with host.tables(work) as connection:
            # A lock, because two simultaneous requests could otherwise create a third token.
            lock = func.pg_advisory_xact_lock(func.hashtext(f"scim_tokens {actor.organisation_id}"))
            connection.execute(select(lock))
            mine = tokens.c.organisation_id == actor.organisation_id
            valid = (mine, tokens.c.expires_at > func.now())
            same = select(tokens.c.id).where(*valid, func.lower(tokens.c.name) == name.strip().lower())
            if connection.execute(same).first() is not None:  # also when the page that showed a token is loaded again
                raise Conflict("Det finns redan en nyckel med det namnet. Avsluta den eller välj ett annat namn.")
            holding = select(func.count()).where(*valid)
            if connection.execute(holding).scalar_one() >= MOST:
                raise Conflict("Två nycklar gäller redan. Avsluta en av dem först.")
            row = {"organisation_id": actor.organisation_id, "id": token_id, "name": name.strip()}
            row |= {"hash": _hash(secret), "created_at": func.now(), "expires_at": func.now() + timedelta(days=days)}
            connection.execute(insert(tokens).values(row))
        record(work, "scim.token-made", token_id, name=name.strip(), days=days)
    return secret


def end(host: Host, actor: Actor, token_id: UUID) -> Token:
    """Revoke a token; the next request with it is refused.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such token here.
    """
    token = one(host, actor, token_id)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            mine = tokens.c.organisation_id == actor.organisation_id
            connection.execute(delete(tokens).where(mine, tokens.c.id == token_id))
        record(work, "scim.token-ended", token_id, name=token.name)
    return token


def end_all(host: Host, organisation_id: UUID) -> None:
    """Revoke all tokens of an organisation, after a restore; an administrator must create a new one."""
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            ended = connection.execute(delete(tokens).where(tokens.c.organisation_id == organisation_id)).rowcount
        if ended:
            record(work, "scim.tokens-ended", None, count=ended)


def one(host: Host, actor: Actor, token_id: UUID) -> Token:
    """Return a token of the organisation.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such token here.
    """
    token = next((token for token in listed(host, actor) if token.id == token_id), None)
    if token is None:
        raise NotFound("Nyckeln finns inte.")
    return token


def listed(host: Host, actor: Actor) -> list[Token]:
    """Return the tokens of the organisation, including expired ones, the newest first.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    return of_organisation(host, actor.organisation_id)


def of_organisation(host: Host, organisation_id: UUID) -> list[Token]:
    """Return the tokens of an organisation, the newest first, without checking access."""
    query = select(*_COLUMNS).where(tokens.c.organisation_id == organisation_id)
    with host.transaction(organisation_id) as connection:
        rows = connection.execute(query.order_by(tokens.c.created_at.desc(), tokens.c.id))
        return [Token(*row) for row in rows]


def find(host: Host, secret: str) -> Caller | None:
    """Return the directory with a secret; None if the secret is unknown or expired."""
    hashed = _hash(secret)
    with host.transaction(None) as connection:
        row = QUERIES.find_organisation.one_or_none(connection, {"hash": hashed})
    if row is None:
        return None
    this_token = (tokens.c.organisation_id == row.organisation_id, tokens.c.hash == hashed)
    with host.transaction(row.organisation_id) as connection:
        query = select(*_COLUMNS, func.now()).where(*this_token, tokens.c.expires_at > func.now())
        stored = connection.execute(query).one_or_none()
        if stored is None:
            return None
        *values, now = stored
        token = Token(*values)
        if token.used_at is None or now - token.used_at >= TOUCH_EVERY:
            connection.execute(update(tokens).where(*this_token).values(used_at=now))
    return Caller(row.organisation_id, token)


_COLUMNS = (tokens.c.id, tokens.c.name, tokens.c.created_at, tokens.c.expires_at, tokens.c.used_at)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
