"""The API clients of an organisation: their identity, their scopes, and the function addresses they may use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from budkavle import (
    Actor,
    ActorScope,
    Address,
    Host,
    Invalid,
    MailboxKind,
    NotFound,
    Sentence,
    SystemActor,
    Work,
    as_uuid,
    call,
    check_outside_url,
    record,
)
from budkavle.accounts import all_mailboxes, find_organisation, require_admin, require_manager
from budkavle.storage import QueryFile, Statement, record_once
from budkavle_message_api.api_scopes import ALL_SCOPES, ARCHIVE, SCOPES
from budkavle_message_api.problems import Unauthorized
from budkavle_message_api.signatures import key_set, public_set
from budkavle_message_api.tables import clients


class _Queries(QueryFile):
    find_organisation: Statement


QUERIES = _Queries.load()

LONGEST_NAME, MOST_PATTERNS = 100, 100
ONE_MAILBOX = "Arkivets kvittenser gäller hela organisationen. En klient för en enda brevlåda får inte lämna dem."
PAUSED = "Organisationen är pausad, så dess system släpps inte in."
RECTIFY = "Klienten kan inte sparas än. Se vid fälten vad som behöver rättas."


@dataclass(frozen=True, slots=True)
class ApiClient:
    """An API client that is registered here.

    Attributes:
        issuer: The settings' name of the foreign authorization server that issues its tokens; empty: our own.
        subject: Its id at the issuer (`azp`, `client_id`).
        mailbox_id: The only mailbox that it may use, or None.
        auth_ids: Function addresses that it may use, with `*` for any characters (B1.4.2, page 19); ignored with
            `mailbox_id`.
        keys: Its public keys, a JWK Set, unless they are at `keys_url`.
        ended_at: When a restore blocked it; None if it is not blocked.
    """

    id: UUID
    organisation_id: UUID
    name: str
    issuer: str
    subject: str
    mailbox_id: UUID | None
    auth_ids: tuple[str, ...]
    scopes: tuple[str, ...]
    keys: str
    keys_url: str
    created_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None

    def acting(self, host: Host) -> SystemActor:
        """Return its actor for the event log; callers check with `addresses` what it may use before they act."""
        return host.system(self.organisation_id, ActorScope.READ, ActorScope.WRITE, name=self.name)


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """What a user enters to register an API client."""

    name: str
    mailbox_id: UUID | None = None
    auth_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES
    keys: str = ""
    keys_url: str = ""
    issuer: str = ""
    subject: str = ""


def may_manage(work: Work, mailbox_id: UUID | None) -> None:
    """Require an administrator of the organisation, or of the mailbox for a client of that mailbox.

    Raises:
        Forbidden: The actor is an ordinary member.
        NotFound: The mailbox is unknown here, or the actor has no access to it.
    """
    if mailbox_id is None:
        require_admin(work.actor)
    else:
        require_manager(work, mailbox_id)


def register(host: Host, actor: Actor, form: ClientDetails) -> ApiClient:
    """Add an API client (features F7, O13).

    Raises:
        Forbidden: The actor may not manage it.
        Invalid: A field is invalid; each has a message.
    """
    keys = _checked(host, form)
    client_id = uuid4()
    row: dict[str, Any] = {
        "organisation_id": actor.organisation_id,
        "id": client_id,
        "name": form.name.strip(),
        "issuer": form.issuer,
        "subject": form.subject.strip() if form.issuer else str(client_id),
        "mailbox_id": form.mailbox_id,
        "auth_ids": [] if form.mailbox_id else list(dict.fromkeys(form.auth_ids)),
        "scopes": [scope for scope in ALL_SCOPES if scope in form.scopes],
        "keys": keys,
        "keys_url": form.keys_url.strip(),
        "created_at": datetime.now(UTC),
    }
    try:
        with host.work(actor) as work:
            may_manage(work, form.mailbox_id)
            with host.tables(work) as connection:
                connection.execute(insert(clients).values(row))
            record(work, "api.client-added", client_id, name=row["name"])
    except IntegrityError as error:
        raise Invalid(RECTIFY, fields={"subject": "Den identiteten finns redan hos en klient här."}) from error
    return _client({**row, "used_at": None})


def remove(host: Host, actor: Actor, client_id: UUID) -> ApiClient:
    """Remove an API client; its tokens become invalid at once.

    Raises:
        NotFound: There is no such client, or the actor has no access to it.
        Forbidden: The actor may not manage it.
    """
    client = managed(host, actor, client_id)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            connection.execute(
                delete(clients).where(clients.c.organisation_id == actor.organisation_id, _is(client_id))
            )
        record(work, "api.client-removed", client_id, name=client.name)
    return client


def let_in(host: Host, actor: Actor, client_id: UUID) -> ApiClient:
    """Unblock an API client that a restore has blocked; does nothing if it is not blocked.

    Raises:
        NotFound: There is no such client, or the actor has no access to it.
        Forbidden: The actor may not manage it.
    """
    client = managed(host, actor, client_id)
    shut_out = (clients.c.organisation_id == actor.organisation_id, _is(client_id), clients.c.ended_at.is_not(None))
    with host.work(actor) as work:
        with host.tables(work) as connection:
            changed = connection.execute(update(clients).where(*shut_out).values(ended_at=None)).rowcount
        if changed:
            record(work, "api.client-let-in", client_id, name=client.name)
    return client


def managed(host: Host, actor: Actor, client_id: UUID) -> ApiClient:
    """Return an API client that the actor may manage.

    Raises:
        NotFound: There is no such client, or the actor has no access to it.
        Forbidden: The actor may not manage it.
    """
    with host.work(actor) as work:
        with host.tables(work) as connection:
            client = _find(connection, actor.organisation_id, _is(client_id))
        if client is None:
            raise NotFound("API-klienten finns inte.")
        may_manage(work, client.mailbox_id)
    return client


def listed(host: Host, actor: Actor, mailbox_id: UUID | None = None) -> list[ApiClient]:
    """Return the API clients of a mailbox, or of the whole organisation, by name.

    Raises:
        Forbidden: The actor may not manage them.
    """
    query = select(clients).where(clients.c.organisation_id == actor.organisation_id)
    if mailbox_id is not None:
        query = query.where(clients.c.mailbox_id == mailbox_id)
    with host.work(actor) as work:
        may_manage(work, mailbox_id)
        with host.tables(work) as connection:
            rows = connection.execute(query.order_by(clients.c.name, clients.c.id)).mappings()
            return [_client(row) for row in rows]


def of_id(host: Host, client_id: str) -> ApiClient | None:
    """Return the API client of our own token endpoint with this id, in any organisation; None if unknown or blocked.

    Raises:
        Unauthorized: Its organisation is paused, or being removed or moved.
    """
    identifier = as_uuid(client_id)
    if identifier is None:
        return None
    with host.transaction(None) as connection:
        row = QUERIES.find_organisation.one_or_none(connection, {"client": identifier})
    if row is None:
        return None
    return _open_to(host, row.organisation_id, _is(identifier))


def of_subject(host: Host, organisation_id: UUID, issuer: str, subject: str) -> ApiClient | None:
    """Return the API client with this id at a foreign issuer; None if unknown or blocked.

    Raises:
        Unauthorized: Its organisation is paused, or being removed or moved.
    """
    return _open_to(host, organisation_id, (clients.c.issuer == issuer) & (clients.c.subject == subject))


def used(host: Host, work: Work, client: ApiClient, kind: str, thing: str = "", **details: str | int) -> None:
    """Record a client's action, in the event log and on its row."""
    this_client = (clients.c.organisation_id == client.organisation_id, _is(client.id))
    with host.tables(work) as connection:
        connection.execute(update(clients).where(*this_client).values(used_at=datetime.now(UTC)))
    record(work, kind, thing or None, client.acting(host), client=str(client.id), **details)


def has_read(
    host: Host, client: ApiClient, kind: str, thing: UUID, about: UUID | None = None, **details: str | int
) -> None:
    """Record that a client has read something, in the event log at most once a minute and on its row.

    Args:
        host: The plugin's host.
        client: The client.
        kind: The kind of event, such as `api.read`.
        thing: The object that was read.
        about: The object that the entry names instead, such as the case of a message.
        details: More details, as plain words and numbers.
    """
    this_client = (clients.c.organisation_id == client.organisation_id, _is(client.id))
    with host.work(client.acting(host)) as work:
        with host.tables(work) as connection:
            connection.execute(update(clients).where(*this_client).values(used_at=datetime.now(UTC)))
        record_once(work, kind, thing, str(client.id), about=about, client=str(client.id), **details)


def addresses(host: Host, client: ApiClient, limits: Sequence[str] | None = None) -> dict[UUID, Address]:
    """Return the mailboxes that a client may use, with their function addresses.

    Args:
        host: The plugin's host.
        client: The client.
        limits: The patterns of its token, which apply in addition to its own; None: the token has none.
    """
    system, addresses = host.system(client.organisation_id, ActorScope.READ), {}
    with host.work(system) as work:
        mailboxes = all_mailboxes(work)
    for mailbox in mailboxes:
        if mailbox.kind is not MailboxKind.FUNCTION or client.mailbox_id not in {None, mailbox.id}:
            continue
        address = own_address(host, system, mailbox.id)
        if address is None or not (client.mailbox_id or matches(client.auth_ids, address.value)):
            continue
        if limits is None or matches(limits, address.value):
            addresses[mailbox.id] = address
    return addresses


def own_address(host: Host, actor: Actor, mailbox_id: UUID) -> Address | None:
    """Return the function address of a mailbox, for the first transport of the API that an address book links to it."""
    for transport in host.settings.transports:
        for directory in host.platform.plugins.directories.values():
            address: Address | None = call(directory.address, actor, mailbox_id, transport)
            if address is not None:
                return address
    return None


def matches(patterns: Sequence[str], value: str) -> bool:
    """Tell whether a function address matches one of the patterns; `*` matches any characters."""
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.DOTALL) for pattern in patterns)


def _checked(host: Host, form: ClientDetails) -> str:
    """Validate the form, and return the keys in stored form.

    Raises:
        Invalid: A field is invalid; each has a message.
    """
    fields: dict[str, str] = {}
    keys = ""
    if not 0 < len(form.name.strip()) <= LONGEST_NAME:
        fields["name"] = Sentence("Skriv ett namn på högst {longest_name} tecken.", longest_name=LONGEST_NAME)
    if form.mailbox_id is None and not form.auth_ids:
        fields["auth_ids"] = "Skriv minst en funktionsadress, eller * för alla."
    if len(form.auth_ids) > MOST_PATTERNS or any(
        len(pattern) > 256 or pattern.count("*") > 3 for pattern in form.auth_ids
    ):
        fields["auth_ids"] = Sentence(
            "Skriv högst {most_patterns} rader, med högst tre * på varje.", most_patterns=MOST_PATTERNS
        )
    if wrong := _wrong_scopes(form):
        fields["scopes"] = wrong
    if form.issuer and form.issuer not in host.settings.issuers:
        fields["issuer"] = "Den utfärdaren finns inte i inställningarna."
    elif form.issuer and not 0 < len(form.subject.strip()) <= 256:
        fields["subject"] = "Skriv vad utfärdaren kallar klienten."
    elif not form.issuer:
        try:
            keys = _own_keys(host, form)
        except Invalid as error:
            fields["keys_url" if form.keys_url.strip() else "keys"] = str(error)
    if fields:
        raise Invalid(RECTIFY, fields=fields)
    return keys


def _wrong_scopes(form: ClientDetails) -> str:
    """Return what is wrong with the chosen scopes; empty if nothing is."""
    if not set(form.scopes) & set(ALL_SCOPES):
        return "Välj minst en sak som klienten får göra."
    if form.mailbox_id is not None and ARCHIVE in form.scopes:
        return ONE_MAILBOX
    return ""


def _own_keys(host: Host, form: ClientDetails) -> str:
    if form.keys_url.strip():
        check_outside_url(host.platform, form.keys_url, plain=host.settings.plain_http)
        return ""
    if not form.keys.strip():
        raise Invalid("Klistra in klientens publika nyckel, eller ange adressen till dess nycklar.")
    return public_set(key_set(form.keys))


def _open_to(host: Host, organisation_id: UUID, condition: Any) -> ApiClient | None:
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        with host.tables(work) as connection:
            client = _find(connection, organisation_id, condition & clients.c.ended_at.is_(None))
        if client is not None and not find_organisation(work).is_at_work:
            raise Unauthorized(PAUSED)
    return client


def _is(client_id: UUID) -> Any:
    return clients.c.id == client_id


def _find(connection: Connection, organisation_id: UUID, condition: Any) -> ApiClient | None:
    query = select(clients).where(clients.c.organisation_id == organisation_id, condition)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _client(row)


def _client(row: RowMapping | Mapping[str, Any]) -> ApiClient:
    return ApiClient(**{**row, "auth_ids": tuple(row["auth_ids"]), "scopes": tuple(row["scopes"])})
