"""An organisation's connection to another message service, and the messages exchanged with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from joserfc.jwk import RSAKey
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, Host, Invalid, Sentence, check_outside_url, record
from budkavle.accounts import require_admin
from budkavle.storage import QueryFile, Statement
from budkavle_message_api import signatures
from budkavle_message_api.tables import exchanged, services

LABEL = "message_api:service"
KEY_BITS = 3072
RECTIFY = "Anslutningen kan inte sparas än. Se vid fälten vad som behöver rättas."


class _Queries(QueryFile):
    list_served: Statement


QUERIES = _Queries.load()

OPEN, CLOSING, DONE = "open", "closing", "done"
"""Steps of a message: the service still has news of it; it may be deleted there; it is finished."""
IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class Service:
    """A message service, and our identity there.

    Attributes:
        url: The URL above `/sdk/messages`.
        public: The public half of our key, a JWK Set, for its administrator.
        deletes: Whether messages are deleted there when they have been fetched or have ended.
        failure: Why the last request failed; empty if it succeeded.
    """

    organisation_id: UUID
    url: str
    token_url: str
    client_id: str
    sealed: bytes
    public: str
    deletes: bool
    well_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A message that both sides know; `remote_id` is its id at the service."""

    direction: str
    remote_id: str
    delivery_id: UUID | None
    step: str


def of(host: Host, organisation_id: UUID) -> Service | None:
    """Return an organisation's message service; None if it has none."""
    with host.transaction(organisation_id) as connection:
        query = select(services).where(services.c.organisation_id == organisation_id)
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Service(**{**row, "failure": Sentence.from_stored(row["failure"])})


def served(host: Host) -> list[UUID]:
    """Return the organisations that are clients of a message service."""
    with host.transaction(None) as connection:
        return [row.organisation_id for row in QUERIES.list_served.all(connection, {})]


def save(host: Host, actor: Actor, url: str, token_url: str, client_id: str, *, deletes: bool) -> Service:
    """Store how to reach an organisation's message service; its key is generated the first time, and kept.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: A field is invalid; each has a message.
    """
    require_admin(actor)
    fields = {}
    for name, value in (("url", url), ("token_url", token_url)):
        try:
            check_outside_url(host.platform, value, plain=host.settings.plain_http)
        except Invalid as error:
            fields[name] = str(error)
    if not 0 < len(client_id.strip()) <= 256:
        fields["client_id"] = "Skriv den identitet som klienten har fått av meddelandetjänsten."
    if fields:
        raise Invalid(RECTIFY, fields=fields)
    before = of(host, actor.organisation_id)
    sealed, public = (before.sealed, before.public) if before else _new_key(host, actor.organisation_id)
    row = {
        "organisation_id": actor.organisation_id,
        "url": url.strip().rstrip("/"),
        "token_url": token_url.strip(),
        "client_id": client_id.strip(),
        "sealed": sealed,
        "public": public,
        "deletes": deletes,
        "failure": "",
    }
    with host.work(actor) as work:
        write = upsert(services).values(row)
        with host.tables(work) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["organisation_id"], set_=row))
        record(work, "api.service-changed", None)
    return Service(**{"well_at": None, "failed_at": None, **row})  # type: ignore[arg-type] # as the row has them


def remove(host: Host, actor: Actor) -> bool:
    """Remove the connection with its key, and return whether there was one.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            gone = connection.execute(
                delete(services).where(services.c.organisation_id == actor.organisation_id)
            ).rowcount
        if gone:
            record(work, "api.service-removed", None)
    return bool(gone)


def key_of(host: Host, service: Service) -> RSAKey:
    """Return our private key for the service."""
    return _read_key(host.vault.open_small(service.organisation_id, LABEL, service.sealed))


def note(host: Host, organisation_id: UUID, failure: str = "") -> None:
    """Store whether the service could be reached, for the health page."""
    now = datetime.now(UTC)
    how: dict[str, Any] = (
        {"failed_at": now, "failure": Sentence(failure).to_text()} if failure else {"well_at": now, "failure": ""}
    )
    with host.transaction(organisation_id) as connection:
        connection.execute(update(services).where(services.c.organisation_id == organisation_id).values(how))


def exchange(host: Host, organisation_id: UUID, entry: Exchanged) -> None:
    """Store a message that both sides know, or its new step."""
    row = {
        "organisation_id": organisation_id,
        "direction": entry.direction,
        "remote_id": entry.remote_id,
        "delivery_id": entry.delivery_id,
        "step": entry.step,
        "at": datetime.now(UTC),
    }
    with host.transaction(organisation_id) as connection:
        write = upsert(exchanged).values(row)
        keys = ["organisation_id", "direction", "remote_id"]
        connection.execute(write.on_conflict_do_update(index_elements=keys, set_={"step": entry.step, "at": row["at"]}))


def under_way(host: Host, organisation_id: UUID, step: str, most: int = 500) -> Sequence[Exchanged]:
    """Return the messages at a step, those that have waited longest first."""
    query = select(exchanged).where(exchanged.c.organisation_id == organisation_id, exchanged.c.step == step)
    with host.transaction(organisation_id) as connection:
        rows = connection.execute(query.order_by(exchanged.c.at).limit(most)).all()
    return [Exchanged(row.direction, row.remote_id, row.delivery_id, row.step) for row in rows]


def already_exchanged(host: Host, organisation_id: UUID, direction: str, remote_ids: Sequence[str]) -> set[str]:
    """Return the ids that we have already fetched, or used for sending."""
    query = select(exchanged.c.remote_id).where(
        exchanged.c.organisation_id == organisation_id,
        exchanged.c.direction == direction,
        exchanged.c.remote_id.in_(remote_ids),
    )
    with host.transaction(organisation_id) as connection:
        return set(connection.execute(query).scalars())


def _new_key(host: Host, organisation_id: UUID) -> tuple[bytes, str]:
    key = RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    return host.vault.seal_small(organisation_id, LABEL, key.as_pem(private=True)), signatures.public_set([key])


@cache
def _read_key(pem: bytes) -> RSAKey:
    key = RSAKey.import_key(pem.decode(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key
