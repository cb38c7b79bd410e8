"""The participants of a meeting, invited by e-mail or members of its mailbox: their identity and admission state."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from budkavle import Host, Loa, NotFound, Work
from budkavle_meetings.booking.meetings import Meeting, NewMeeting
from budkavle_meetings.tables import participants

NO_PARTICIPANT = "Deltagaren finns inte i mötet."


class Admission(StrEnum):
    """A participant's state before and during a meeting."""

    INVITED = "invited"
    """Has not arrived yet."""
    WAITING = "waiting"
    """Has identified, and waits in the lobby."""
    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"


class Invitee(msgspec.Struct, frozen=True):
    """The invited person, as the organiser described them; stored sealed."""

    email: str
    name: str = ""
    phone: str = ""
    personnummer: str = ""
    token: str = ""
    """The token of their link; stored separately, so that an export of the organisation leaves it out."""


class VerifiedIdentity(msgspec.Struct, frozen=True):
    """The identity that somebody has proved; stored sealed."""

    name: str
    """The name from the identity provider; an e-mail address if it gives no name."""
    method: str
    """The display name of the identification method."""
    loa: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant of a meeting.

    Attributes:
        user_id: The account of a host, a member of the mailbox; None for invited people.
        method: The name of the identity provider that they must use; empty: the link alone is enough.
        identity: The identity that they have proved; None before that.
        occurrence_at: The start of the time of the series that `state` applies to.
    """

    organisation_id: UUID
    id: UUID
    meeting_id: UUID
    user_id: UUID | None
    invitee: Invitee
    language: str
    method: str
    loa: Loa
    identity: VerifiedIdentity | None
    state: Admission
    occurrence_at: datetime | None
    waiting_at: datetime | None
    admitted_at: datetime | None
    left_at: datetime | None

    @property
    def is_host(self) -> bool:
        """Whether they are a host, who admits others: the organiser or another member of the mailbox."""
        return self.user_id is not None

    @property
    def name(self) -> str:
        """The verified name, otherwise the name that the organiser wrote, otherwise the address."""
        return (self.identity and self.identity.name) or self.invitee.name or self.invitee.email


@dataclass(frozen=True, slots=True)
class NewParticipant:
    """A person to invite, their language, and how they must identify."""

    invitee: Invitee
    language: str = "sv"
    method: str = ""
    loa: Loa = Loa.ONE


@dataclass(frozen=True, slots=True)
class Booking:
    """A meeting with the people invited to it."""

    meeting: NewMeeting
    people: Sequence[NewParticipant]


def invite_participant(host: Host, work: Work, meeting: Meeting, new: NewParticipant) -> Participant:
    """Store an invited person, with a token of their own.

    The token contains the organisation's id, so the row is found with one query in that organisation.
    """
    token = base64.urlsafe_b64encode(work.organisation_id.bytes + secrets.token_bytes(26)).decode()
    participant_id = uuid4()
    values = {
        "id": participant_id,
        "token_hash": _hashed(token),
        "token": host.vault.seal_small(work.organisation_id, f"token:{participant_id}", token.encode()),
        "language": new.language,
        "method": new.method,
        "loa": int(new.loa),
        "state": Admission.INVITED,
    }
    return _insert(host, work, meeting, new.invitee, values)


def change_participant(host: Host, work: Work, participant: Participant, new: NewParticipant) -> Participant:
    """Store a changed language or identification method. The link stays valid, but the person must identify again."""
    values = {
        "sealed": _sealed(host, work.organisation_id, participant.id, new.invitee),
        "language": new.language,
        "method": new.method,
        "loa": int(new.loa),
        "identity": None,
        "state": Admission.INVITED,
    }
    this = (participants.c.organisation_id == work.organisation_id, participants.c.id == participant.id)
    with host.tables(work) as connection:
        row = connection.execute(update(participants).where(*this).values(values).returning(participants)).one()
    return as_participant(host, row)


def host_participant(host: Host, work: Work, meeting: Meeting) -> Participant:
    """Return the actor's own row in a meeting of a mailbox that they are a member of; created on first use."""
    this = (participants.c.organisation_id == work.organisation_id, participants.c.meeting_id == meeting.id)
    query = select(participants).where(*this, participants.c.user_id == work.actor.user_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is not None:
        return as_participant(host, row)
    identity = VerifiedIdentity(work.actor.name, work.actor.method, int(work.actor.loa))
    participant_id = uuid4()
    values = {
        "id": participant_id,
        "user_id": work.actor.user_id,
        "language": work.actor.language,
        "method": "",
        "loa": 0,
        "state": Admission.INVITED,
        "identity": seal_identity(host, work.organisation_id, participant_id, identity),
    }
    return _insert(host, work, meeting, Invitee(email="", name=work.actor.name), values)


def list_participants(host: Host, work: Work, meeting_id: UUID) -> list[Participant]:
    """Return all people invited to a meeting, and the hosts who have joined it."""
    this = (participants.c.organisation_id == work.organisation_id, participants.c.meeting_id == meeting_id)
    with host.tables(work) as connection:
        rows = connection.execute(select(participants).where(*this).order_by(participants.c.id)).all()
    return [as_participant(host, row) for row in rows]


def find_participant(host: Host, work: Work, participant_id: UUID) -> Participant:
    """Return a participant of the organisation.

    Raises:
        NotFound: There is none with this id.
    """
    this = (participants.c.organisation_id == work.organisation_id, participants.c.id == participant_id)
    with host.tables(work) as connection:
        row = connection.execute(select(participants).where(*this)).one_or_none()
    if row is None:
        raise NotFound(NO_PARTICIPANT)
    return as_participant(host, row)


def find_by_token(host: Host, token: str) -> Participant | None:
    """Return the participant with a token; None if there is none."""
    try:
        organisation_id = UUID(bytes=base64.urlsafe_b64decode(token.encode())[:16])
    except ValueError:
        return None
    this = (participants.c.organisation_id == organisation_id, participants.c.token_hash == _hashed(token))
    with host.transaction(organisation_id) as connection:
        row = connection.execute(select(participants).where(*this)).one_or_none()
    return as_participant(host, row) if row else None


def remove_participant(host: Host, work: Work, participant: Participant) -> None:
    """Remove somebody from a meeting; their link stops working."""
    this = (participants.c.organisation_id == work.organisation_id, participants.c.id == participant.id)
    with host.tables(work) as connection:
        connection.execute(delete(participants).where(*this))


def seal_identity(host: Host, organisation_id: UUID, participant_id: UUID, identity: VerifiedIdentity) -> bytes:
    """Seal the identity that somebody has proved."""
    return host.vault.seal_small(organisation_id, f"identity:{participant_id}", msgspec.json.encode(identity))


def as_participant(host: Host, row: Row[Any]) -> Participant:
    """Return the participant of a table row, with its sealed data opened."""
    invitee = msgspec.json.decode(
        host.vault.open_small(row.organisation_id, f"invitee:{row.id}", row.sealed), type=Invitee
    )
    token = row.token and host.vault.open_small(row.organisation_id, f"token:{row.id}", row.token)
    identity = row.identity and host.vault.open_small(row.organisation_id, f"identity:{row.id}", row.identity)
    return Participant(
        row.organisation_id,
        row.id,
        row.meeting_id,
        row.user_id,
        msgspec.structs.replace(invitee, token=token.decode() if token else ""),
        row.language,
        row.method,
        Loa(row.loa),
        msgspec.json.decode(identity, type=VerifiedIdentity) if identity else None,
        Admission(row.state),
        row.occurrence_at,
        row.waiting_at,
        row.admitted_at,
        row.left_at,
    )


def _insert(host: Host, work: Work, meeting: Meeting, invitee: Invitee, values: dict[str, Any]) -> Participant:
    participant_id = values.get("id") or uuid4()
    fixed = {
        "organisation_id": work.organisation_id,
        "id": participant_id,
        "meeting_id": meeting.id,
        "sealed": _sealed(host, work.organisation_id, participant_id, invitee),
    }
    with host.tables(work) as connection:
        row = connection.execute(insert(participants).values({**values, **fixed}).returning(participants)).one()
    return as_participant(host, row)


def _sealed(host: Host, organisation_id: UUID, participant_id: UUID, invitee: Invitee) -> bytes:
    plain = msgspec.json.encode(msgspec.structs.replace(invitee, token=""))
    return host.vault.seal_small(organisation_id, f"invitee:{participant_id}", plain)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
