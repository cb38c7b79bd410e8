"""Requests to export an organisation: one administrator of the installation requests it, another approves (ADR 076).

Names are sealed under the installation's key. A worker writes the approved exports (`export`).
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pyrage
from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from budkavle.accounts.organisations import within
from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Actor
from budkavle.model.states import ApprovalState, OrganisationState
from budkavle.organisation.register import find_registered
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import exports, organisations
from budkavle.storage.vault import part_aad

WAITS = timedelta(days=7)
"""How long a request waits for a second person."""
KEPT = timedelta(days=7)
"""How long the file can be downloaded."""
LONGEST_REASON = 500
PART = "export"
ENDED = "Begäran är redan avgjord, eller så har tiden för den gått ut."
NOT_FOUND = "Det finns ingen begäran om att exportera organisationen."
OPEN = (ApprovalState.WAITING, ApprovalState.APPROVED, ApprovalState.DONE)


class Sealed(msgspec.Struct, frozen=True):
    """The part of a request that is sealed under the installation's key."""

    name: str
    slug: str
    asker: str
    reason: str
    receiver: str
    decider: str = ""
    key: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A request to export an organisation.

    Attributes:
        organisation_id: The organisation.
        asker_id: The user who requested it.
        decider_id: The user who approved it, if any.
        expires_at: Until when it may be decided; once the file exists, until when it is kept.
        file: The file's name in the store, once it is complete.
        words: Names, reason and the recipient's public key.
    """

    id: UUID
    organisation_id: UUID
    state: ApprovalState
    asker_id: UUID
    decider_id: UUID | None
    asked_at: datetime
    expires_at: datetime
    file: str | None
    words: Sealed

    def is_of(self, actor: Actor) -> bool:
        """Tell whether the actor is one of the two administrators of the request."""
        return actor.user_id is not None and actor.user_id in {self.asker_id, self.decider_id}


def ask_export(platform: Platform, actor: Actor, organisation_id: UUID, reason: str, receiver: str) -> ExportRequest:
    """Request an archive of everything that an organisation has.

    Args:
        platform: The installation.
        actor: An administrator of the installation, who must be a user.
        organisation_id: The organisation.
        reason: The reason.
        receiver: The recipient's public age key, `age1...`.

    Raises:
        Forbidden: The actor is not an administrator of the installation, or not a user.
        NotFound: There is no such organisation.
        Invalid: There is no reason, it is too long, or the key is not valid.
        Conflict: There already is a request, or the organisation is being removed.
    """
    require_platform(actor)
    organisation = find_registered(platform, actor, organisation_id).organisation
    if actor.user_id is None:
        raise Forbidden("Bara en person kan be om en export.")
    if organisation.state is OrganisationState.REMOVING:
        raise Conflict("Organisationen tas bort.")
    reason, receiver = reason.strip(), receiver.strip()
    faults = {
        "why": "" if reason else "Skriv varför organisationen exporteras.",
        "receiver": "" if _is_public_key(receiver) else "Det är ingen publik nyckel för age. Den börjar med age1.",
    }
    if len(reason) > LONGEST_REASON:
        faults["why"] = "Skriv kortare, högst 500 tecken."
    if any(faults.values()):
        raise Invalid("Begäran kunde inte sparas.", fields={name: fault for name, fault in faults.items() if fault})
    request_id, sealed = uuid4(), Sealed(organisation.name, organisation.slug, actor.name, reason, receiver)
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
        over = (exports.c.subject_id == organisation_id, exports.c.state == ApprovalState.WAITING.value)
        write = update(exports).where(*over, exports.c.expires_at <= func.now())
        work.connection.execute(write.values(state=ApprovalState.EXPIRED.value, ended_at=func.now()))
        try:
            work.connection.execute(insert(exports).values(row))
        except IntegrityError as error:
            raise Conflict("Någon har redan bett om en export av organisationen.") from error
        _record(work, actor, "export-asked", organisation.name, reason=reason, receiver=receiver)
    return _open_request(platform, actor, organisation_id)


def approve_export(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Approve a request: a worker then writes the archive.

    Raises:
        Forbidden: The actor is not an administrator of the installation, or has made the request.
        NotFound: There is no request.
        Conflict: It has already been decided.
    """
    request = _open_request(platform, actor, organisation_id)
    if request.state is not ApprovalState.WAITING:
        raise Conflict(ENDED)
    if actor.user_id is None or actor.user_id == request.asker_id:
        raise Forbidden("En annan administratör än den som bad om det behöver godkänna.")
    sealed = msgspec.structs.replace(request.words, decider=actor.name)
    values = {"decider_id": actor.user_id, "sealed": _seal(platform, request.id, sealed)}
    with platform.work(within(actor, organisation_id)) as work:
        _move(work, request, ApprovalState.APPROVED, **values)
        _record(work, actor, "export-approved", sealed.name, asker=sealed.asker, receiver=sealed.receiver)


def end_export(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Reject a request, withdraw the actor's own, or delete the file.

    Raises:
        Forbidden: The actor is not an administrator of the installation, or not one of the two when the file exists.
        NotFound: There is no request.
        Conflict: The archive is being written, or the request has been decided meanwhile.
    """
    request = _open_request(platform, actor, organisation_id)
    if request.state is ApprovalState.APPROVED:
        raise Conflict("Arkivet skrivs just nu.")
    if request.state is ApprovalState.DONE and not request.is_of(actor):
        raise Forbidden("Bara de två som står bakom exporten kan ta bort filen.")
    is_refused = request.state is ApprovalState.WAITING and request.asker_id != actor.user_id
    with platform.work(within(actor, organisation_id)) as work:
        state = ApprovalState.REJECTED if is_refused else ApprovalState.WITHDRAWN
        _move(work, request, state, **_forgotten(platform, request))
        _record(work, actor, "export-refused" if is_refused else "export-withdrawn", request.words.name)
    if request.file:
        platform.blobs.delete(request.file)


def read_export(platform: Platform, actor: Actor, organisation_id: UUID) -> Iterator[bytes]:
    """Record in both logs that the archive is downloaded, and return it, encrypted to its recipient.

    Raises:
        Forbidden: The actor is not an administrator of the installation, or not one of the two.
        NotFound: There is no file.
    """
    request = _open_request(platform, actor, organisation_id)
    if not request.is_of(actor):
        raise Forbidden("Bara de två som står bakom exporten kan hämta filen.")
    if request.file is None or request.state is not ApprovalState.DONE:
        raise NotFound(NOT_FOUND)
    with platform.work(within(actor, organisation_id)) as work:
        _record(work, actor, "export-fetched", request.words.name)
    return platform.blobs.read(request.file, base64.b64decode(request.words.key), file_aad(request))


def current_export(platform: Platform, actor: Actor, organisation_id: UUID) -> ExportRequest | None:
    """Return an organisation's request that waits, is being written or has its file, or None.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
    """
    require_platform(actor)
    requests = _load(platform, exports.c.subject_id == organisation_id, _is_current())
    return requests[0] if requests else None


def approved_exports(platform: Platform) -> list[ExportRequest]:
    """Return the approved requests, which a worker must write."""
    return _load(platform, exports.c.state == ApprovalState.APPROVED.value)


def expired_exports(platform: Platform) -> list[ExportRequest]:
    """Return the expired requests: those that nobody has decided, and those whose file is no longer kept."""
    states = (ApprovalState.WAITING.value, ApprovalState.DONE.value)
    return _load(platform, exports.c.state.in_(states), exports.c.expires_at <= func.now())


def note_written(work: Work, request: ExportRequest, file: str, key: bytes, size: int) -> None:
    """Record that the file is complete; from now on it can be downloaded.

    Raises:
        Conflict: The organisation is being removed, or is gone.
    """
    stays = select(organisations.c.id).where(
        organisations.c.id == request.organisation_id, organisations.c.state != OrganisationState.REMOVING.value
    )
    if work.connection.execute(stays.with_for_update()).first() is None:
        raise Conflict("Organisationen tas bort.")
    words = msgspec.structs.replace(request.words, key=base64.b64encode(key).decode(), size=size)
    values = {"file": file, "sealed": _seal(work.platform, request.id, words), "expires_at": func.now() + KEPT}
    _move(work, request, ApprovalState.DONE, **values)
    _record(work, work.actor, "export-written", words.name, asker=words.asker, decider=words.decider)


def note_ended(work: Work, request: ExportRequest, state: ApprovalState) -> None:
    """Record that a request has failed or expired."""
    _move(work, request, state, **_forgotten(work.platform, request))
    step = "export-failed" if state is ApprovalState.FAILED else "export-expired"
    audit.record_for_installation(
        work, f"organisation.{step}", request.organisation_id, work.actor, name=request.words.name
    )


def file_aad(request: ExportRequest) -> bytes:
    """Return the additional authenticated data of the file in the store."""
    return part_aad(request.organisation_id, request.id, PART)


def _is_public_key(receiver: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(receiver)
    except pyrage.RecipientError:
        return False
    return True


def _open_request(platform: Platform, actor: Actor, organisation_id: UUID) -> ExportRequest:
    request = current_export(platform, actor, organisation_id)
    if request is None:
        raise NotFound(NOT_FOUND)
    return request


def _is_current() -> ColumnElement[bool]:
    alive = exports.c.state.in_([state.value for state in OPEN]) & (exports.c.expires_at > func.now())
    return alive | (exports.c.state == ApprovalState.APPROVED.value)


def _load(platform: Platform, *which: ColumnElement[bool]) -> list[ExportRequest]:
    with platform.database.transaction(None) as connection:
        rows = connection.execute(select(exports).where(*which).order_by(exports.c.asked_at)).all()
    return [_opened(platform, row) for row in rows]


def _opened(platform: Platform, row: "Row[Any]") -> ExportRequest:
    words = msgspec.json.decode(platform.vault.open_installation(f"export:{row.id}", row.sealed), type=Sealed)
    state = ApprovalState(row.state)
    who = (row.asker_id, row.decider_id)
    return ExportRequest(row.id, row.subject_id, state, *who, row.asked_at, row.expires_at, row.file, words)


def _seal(platform: Platform, request_id: UUID, words: Sealed) -> bytes:
    return platform.vault.seal_installation(f"export:{request_id}", msgspec.json.encode(words))


def _forgotten(platform: Platform, request: ExportRequest) -> dict[str, object]:
    words = Sealed(request.words.name, request.words.slug, "", "", "")
    return {"ended_at": func.now(), "sealed": _seal(platform, request.id, words)}


def _move(work: Work, request: ExportRequest, new: ApprovalState, **values: object) -> None:
    where = (exports.c.id == request.id, exports.c.state == request.state.value)
    if work.connection.execute(update(exports).where(*where).values(state=new.value, **values)).rowcount == 0:
        raise Conflict(ENDED)


def _record(work: Work, actor: Actor, step: str, name: str, **details: str) -> None:
    kind = f"organisation.{step}"
    audit.record(work, kind, work.organisation_id, **details)
    audit.record_for_installation(work, kind, work.organisation_id, actor, name=name, **details)
