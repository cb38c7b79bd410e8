"""Requests to remove an organisation: one administrator of the installation requests it, another approves (ADR 072).

Names are sealed under the installation's key. A worker carries out the approved removals (`removal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from budkavle.accounts.organisations import change_state, within
from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Actor
from budkavle.model.states import ApprovalState, OrganisationState
from budkavle.organisation.register import find_registered, require_administrators_elsewhere
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import removals

WAITS = timedelta(days=7)
"""How long a request waits for a second person."""
LONGEST_REASON = 500
ENDED = "Begäran är redan avgjord, eller så har tiden för den gått ut."
NOT_FOUND = "Det finns ingen begäran om att ta bort organisationen."
OWN = "Du kan inte ta bort din egen organisation. Be en administratör i en annan."


class _Sealed(msgspec.Struct, frozen=True):
    name: str
    slug: str
    asker: str
    reason: str
    decider: str = ""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """A request to remove an organisation.

    Attributes:
        organisation_id: The organisation.
        name: Its name.
        slug: Its short name.
        asker_id: The user who requested it; None for the command line.
        decider: The name of the approver.
    """

    id: UUID
    organisation_id: UUID
    state: ApprovalState
    name: str
    slug: str
    asker_id: UUID | None
    asker: str
    reason: str
    decider: str
    asked_at: datetime
    expires_at: datetime

    def may_be_decided_by(self, actor: Actor) -> bool:
        """Tell whether the actor may approve it: a user other than the one who requested it."""
        return self.state is ApprovalState.WAITING and actor.user_id not in {None, self.asker_id}


def ask_removal(platform: Platform, actor: Actor, organisation_id: UUID, reason: str, slug: str) -> RemovalRequest:
    """Request that a paused organisation is removed with everything that it has.

    Args:
        platform: The installation.
        actor: An administrator of the installation.
        organisation_id: The organisation.
        reason: The reason.
        slug: Its short name as typed, to prevent a request for the wrong one.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        NotFound: There is no such organisation.
        Invalid: There is no reason, it is too long, or the short name is wrong.
        Conflict: It is not paused, it is the actor's own, the last administrator of the installation has their account
            there, or there already is a request.
    """
    require_platform(actor)
    organisation = find_registered(platform, actor, organisation_id).organisation
    if actor.user_id is not None and actor.organisation_id == organisation_id:
        raise Conflict(OWN)
    if organisation.state is not OrganisationState.PAUSED:
        raise Conflict("Pausa organisationen först.")
    faults = {"slug": "" if slug.strip() == organisation.slug else "Skriv organisationens korta namn."}
    faults["why"] = "" if reason.strip() else "Skriv varför organisationen tas bort."
    if len(reason) > LONGEST_REASON:
        faults["why"] = "Skriv kortare, högst 500 tecken."
    if any(faults.values()):
        raise Invalid("Begäran kunde inte sparas.", fields={name: fault for name, fault in faults.items() if fault})
    require_administrators_elsewhere(platform, actor, organisation_id)
    request_id, sealed = uuid4(), _Sealed(organisation.name, organisation.slug, actor.name, reason.strip())
    row = {
        "id": request_id,
        "subject_id": organisation_id,
        "state": ApprovalState.WAITING.value,
        "asker_id": actor.user_id,
        "sealed": _seal(platform, request_id, sealed),
        "asked_at": func.now(),
        "expires_at": func.now() + WAITS,
    }
    with platform.work(within(actor, organisation_id)) as work:
        _expire(work, organisation_id)
        try:
            work.connection.execute(insert(removals).values(row))
        except IntegrityError as error:
            raise Conflict("Någon har redan bett om att organisationen ska tas bort.") from error
        _record(work, actor, "removal-asked", organisation.name, reason=sealed.reason)
    request = waiting_removal(platform, actor, organisation_id)
    if request is None:
        raise NotFound(NOT_FOUND)
    return request


def approve_removal(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Approve a request: from now on the organisation is being removed, and this cannot be undone.

    Raises:
        Forbidden: The actor is not an administrator of the installation, or has made the request.
        NotFound: There is no request.
        Conflict: It has been decided meanwhile, the organisation is no longer paused, or it has the last administrator
            of the installation.
    """
    request = _decidable(platform, actor, organisation_id)
    require_administrators_elsewhere(platform, actor, organisation_id)
    sealed = _Sealed(request.name, request.slug, request.asker, request.reason, actor.name)
    values = {"decider_id": actor.user_id, "sealed": _seal(platform, request.id, sealed)}
    with platform.work(within(actor, organisation_id)) as work:
        _move(work, request.id, ApprovalState.APPROVED, **values)
        paused, removing = OrganisationState.PAUSED, OrganisationState.REMOVING
        if not change_state(work.connection, organisation_id, paused, removing):
            raise Conflict("Organisationen är inte pausad längre.")
        _record(work, actor, "removal-approved", request.name, asker=request.asker)


def refuse_removal(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Reject a request, or withdraw the actor's own; the organisation stays paused.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is no request.
        Conflict: It has been decided meanwhile.
    """
    request = _waiting(platform, actor, organisation_id)
    is_asker = request.asker_id == actor.user_id
    with platform.work(within(actor, organisation_id)) as work:
        _move(work, request.id, ApprovalState.WITHDRAWN if is_asker else ApprovalState.REJECTED, ended_at=func.now())
        _record(work, actor, "removal-withdrawn" if is_asker else "removal-refused", request.name)


def waiting_removal(platform: Platform, actor: Actor, organisation_id: UUID) -> RemovalRequest | None:
    """Return an organisation's request that waits or has been approved, or None.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
    """
    require_platform(actor)
    requests = _load(platform, removals.c.subject_id == organisation_id)
    return requests[0] if requests else None


def waiting_removals(platform: Platform, actor: Actor) -> list[RemovalRequest]:
    """Return all requests that wait for a second person, the oldest first.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
    """
    require_platform(actor)
    return [request for request in _load(platform) if request.state is ApprovalState.WAITING]


def approved_removals(platform: Platform) -> list[RemovalRequest]:
    """Return the approved requests, which a worker must carry out."""
    return [request for request in _load(platform) if request.state is ApprovalState.APPROVED]


def end_removal(work: Work, request: RemovalRequest) -> None:
    """Record that the organisation is removed; who requested it and why is deleted here, but kept in the event log."""
    sealed = _seal(work.platform, request.id, _Sealed(request.name, request.slug, "", ""))
    _move(work, request.id, ApprovalState.DONE, ended_at=func.now(), sealed=sealed)


def _decidable(platform: Platform, actor: Actor, organisation_id: UUID) -> RemovalRequest:
    request = _waiting(platform, actor, organisation_id)
    if not request.may_be_decided_by(actor):
        raise Forbidden("En annan administratör än den som bad om det behöver godkänna.")
    return request


def _waiting(platform: Platform, actor: Actor, organisation_id: UUID) -> RemovalRequest:
    request = waiting_removal(platform, actor, organisation_id)
    if request is None:
        raise NotFound(NOT_FOUND)
    if request.state is not ApprovalState.WAITING:
        raise Conflict(ENDED)
    return request


def _load(platform: Platform, *which: ColumnElement[bool]) -> list[RemovalRequest]:
    waiting = (removals.c.state == ApprovalState.WAITING.value) & (removals.c.expires_at > func.now())
    approved = removals.c.state == ApprovalState.APPROVED.value
    with platform.database.transaction(None) as connection:
        query = select(removals).where(waiting | approved, *which).order_by(removals.c.asked_at)
        rows: Sequence[Row[Any]] = connection.execute(query).all()
    return [_opened(platform, row) for row in rows]


def _opened(platform: Platform, row: "Row[Any]") -> RemovalRequest:
    sealed = msgspec.json.decode(platform.vault.open_installation(f"removal:{row.id}", row.sealed), type=_Sealed)
    return RemovalRequest(
        row.id,
        row.subject_id,
        ApprovalState(row.state),
        sealed.name,
        sealed.slug,
        row.asker_id,
        sealed.asker,
        sealed.reason,
        sealed.decider,
        row.asked_at,
        row.expires_at,
    )


def _seal(platform: Platform, request_id: UUID, sealed: _Sealed) -> bytes:
    return platform.vault.seal_installation(f"removal:{request_id}", msgspec.json.encode(sealed))


def _move(work: Work, request_id: UUID, new: ApprovalState, **values: object) -> None:
    old = ApprovalState.APPROVED if new is ApprovalState.DONE else ApprovalState.WAITING
    is_unchanged = (removals.c.id == request_id, removals.c.state == old.value)
    if work.connection.execute(update(removals).where(*is_unchanged).values(state=new.value, **values)).rowcount == 0:
        raise Conflict(ENDED)


def _expire(work: Work, organisation_id: UUID) -> None:
    over = (removals.c.subject_id == organisation_id, removals.c.state == ApprovalState.WAITING.value)
    write = update(removals).where(*over, removals.c.expires_at <= func.now())
    work.connection.execute(write.values(state=ApprovalState.EXPIRED.value, ended_at=func.now()))


def _record(work: Work, actor: Actor, step: str, name: str, **details: str) -> None:
    kind = f"organisation.{step}"
    audit.record(work, kind, work.organisation_id, **details)
    audit.record_for_installation(work, kind, work.organisation_id, actor, name=name, **details)
