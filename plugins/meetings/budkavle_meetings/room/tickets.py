"""The page's proof of identity towards the socket, sealed so that every process can read it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from budkavle import BudkavleError, Host

_LABEL = "meeting-ticket"


class NoTicket(Exception):
    """The ticket is not ours, or has expired."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right of a participant to take a seat in a room.

    Attributes:
        until: When it expires.
    """

    organisation_id: UUID
    meeting_id: UUID
    participant_id: UUID
    until: datetime


class _Sealed(msgspec.Struct, frozen=True):
    meeting: UUID
    participant: UUID
    until: datetime


def make(host: Host, ticket: Ticket) -> str:
    """Return the ticket as the page carries it."""
    plain = msgspec.json.encode(_Sealed(ticket.meeting_id, ticket.participant_id, ticket.until))
    sealed = host.vault.seal_small(ticket.organisation_id, _LABEL, plain)
    # Without padding: a browser sends it as the name of a protocol, which has no equals sign.
    return f"{ticket.organisation_id}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"


def read(host: Host, text: str) -> Ticket:
    """Open a ticket.

    Raises:
        NoTicket: It is not ours, or has expired.
    """
    ticket = _opened(host, text)
    if ticket.until <= datetime.now(UTC):
        raise NoTicket
    return ticket


def is_ours(host: Host, text: str) -> bool:
    """Tell whether a ticket was made here, even if it has expired."""
    try:
        _opened(host, text)
    except NoTicket:
        return False
    return True


def _opened(host: Host, text: str) -> Ticket:
    organisation, _, sealed = text.partition(".")
    try:
        organisation_id = UUID(organisation)
        padded = sealed + "=" * (-len(sealed) % 4)
        plain = host.vault.open_small(organisation_id, _LABEL, urlsafe_b64decode(padded))
        content = msgspec.json.decode(plain, type=_Sealed)
    except (ValueError, Error, BudkavleError, msgspec.DecodeError, RecursionError) as error:
        raise NoTicket from error
    return Ticket(organisation_id, content.meeting, content.participant, content.until)
