"""Requesting a second person's approval, and granting it or not.

A request waits until one of the kind's approvers decides it, the requester withdraws it, or it expires. With the
approval, an entry of the outbox is written in the same transaction, and a worker runs what was requested (`running`).
When the request has ended, its encrypted content is deleted, except for the sentence and the reasons.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation
from sqlalchemy import ColumnElement, Row, and_, func, insert, select
from sqlalchemy.exc import IntegrityError

from budkavle.accounts.permissions import NO_MAILBOX, require_loa, require_user, standing
from budkavle.approvals import dependencies, transitions
from budkavle.approvals.approvers import delegates_of, may_decide, may_see
from budkavle.model import sources
from budkavle.model.approvals import ApprovalKind, ApprovalRequest, Approvers, NewApproval
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, GuestActor, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import ApprovalState
from budkavle.plugins.breakers import Called
from budkavle.storage import audit, outbox
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import approvals, mailboxes, users
from budkavle.storage.vault import Destroyed

QUEUE = "budkavle.approved."
"""With a plugin's name: the outbox of its approved requests."""
NOT_FOUND = "Begäran finns inte, eller så har du inte tillgång till den."
LONGEST_REASON = 2000
MOST = 100
"""The most requests of a list."""
NOT_YOURS = "Du avgör inte det här: du har bett om det själv, läser åt den som bad, eller får bara läsa i brevlådan."
_GONE = "Begäran har gallrats."
_ENDED = "Begäran är redan avgjord, eller så har tiden för den gått ut."


class Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The encrypted content of a request."""

    sentence: str
    reason: str = ""
    details: tuple[tuple[str, str], ...] = ()
    content: bytes = b""


def ask_approval(work: Work, new: NewApproval) -> ApprovalRequest:
    """Hold something until a second person approves it; a worker then does it, and not before.

    Args:
        work: The unit of work; its actor is the requester, and the request runs with that actor's rights.
        new: What is to happen.

    Raises:
        Forbidden: The actor is a guest.
        NotFound: The actor has no access to the mailbox.
        Invalid: The kind is unknown, or something is missing.
        Conflict: There is already a request with this id, or what it depends on has been destroyed.
    """
    kind = work.platform.plugins.approval_kinds.get(new.kind)
    if kind is None:
        raise Invalid("Det finns inget sådant att godkänna: {kind}.", kind=new.kind)
    return ask_for_kind(work, new, kind)


def ask_for_kind(work: Work, new: NewApproval, kind: ApprovalKind) -> ApprovalRequest:
    """Do as `ask_approval`, for a kind of the core itself."""
    if isinstance(work.actor, GuestActor):
        raise Forbidden("Det här kan bara en person med konto göra.")
    _check(new, kind)
    if new.mailbox_id is not None:
        _require_mailbox(work, new.mailbox_id)
    dependencies.lock_for_request(work, new.about)
    request_id, actor = new.id or sources.new_id(), work.actor
    sealed = Sealed(Sentence(new.sentence).to_text(), new.reason.strip(), new.details, new.content)
    row = {
        "organisation_id": work.organisation_id,
        "id": request_id,
        "kind": new.kind,
        "state": ApprovalState.WAITING.value,
        "approvers": kind.approvers.value,
        "mailbox_id": new.mailbox_id,
        "asker_id": actor.user_id,
        "asker": actor.name,
        "plugin": actor.plugin if isinstance(actor, SystemActor) else "",
        "loa": int(actor.loa),
        "level": int(new.level),
        "delegates": list(delegates_of(work, actor.user_id)),
        "about": list(new.about),
        "sealed": _seal(work, request_id, sealed),
        "asked_at": func.now(),
        "expires_at": func.now() + kind.expires_after,
    }
    try:
        work.connection.execute(insert(approvals).values(row))
    except (UniqueViolation, IntegrityError) as error:
        if not isinstance(getattr(error, "orig", error), UniqueViolation):
            raise
        raise Conflict("Det väntar redan på godkännande.") from error
    record_step(work, "asked", request_id, new.kind, new.mailbox_id)
    return _opened(work, _load(work, request_id))


def _check(new: NewApproval, kind: ApprovalKind) -> None:
    if not new.sentence.strip():
        raise Invalid("Begäran saknar en mening om vad som ska hända.")
    if kind.approvers is not Approvers.ADMINISTRATORS and new.mailbox_id is None:
        raise Invalid("Begäran saknar brevlåda.")
    _check_reason(new.reason)


def _require_mailbox(work: Work, mailbox_id: UUID) -> None:
    """Require that a user has access to the mailbox; for the system, that the mailbox exists."""
    if work.actor.user_id is not None:
        standing(work, mailbox_id)
        return
    this = (mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.id == mailbox_id)
    if work.connection.execute(select(mailboxes.c.id).where(*this, mailboxes.c.deleted_at.is_(None))).first() is None:
        raise NotFound(NO_MAILBOX)


def approve(work: Work, request_id: UUID, reason: str = "") -> ApprovalRequest:
    """Approve a request; a worker then runs it, once.

    Args:
        work: The unit of work; its actor may decide the request.
        request_id: The request.
        reason: Why, if there is something to say.

    Raises:
        NotFound: There is no such request, or the actor has no access to it.
        Forbidden: The actor is the requester, or a stand-in for the requester.
        StepUp: Reading it requires a higher level of assurance.
        Conflict: It has been decided, or has expired.
    """
    row = _decide(work, request_id, ApprovalState.APPROVED, reason)
    outbox.enqueue(work, outbox.NewEntry(queue_of(row.kind), str(request_id).encode(), key=str(request_id)))
    return _opened(work, _load(work, request_id))


def reject(work: Work, request_id: UUID, reason: str) -> ApprovalRequest:
    """Reject a request, with a reason; nothing is done.

    Raises:
        Invalid: There is no reason.
        NotFound: As for `approve`; also Forbidden, StepUp and Conflict.
    """
    _decide(work, request_id, ApprovalState.REJECTED, reason)
    _end(work, request_id)
    return _opened(work, _load(work, request_id))


def withdraw(work: Work, request_id: UUID) -> None:
    """Withdraw the actor's own request, while it is undecided.

    Raises:
        NotFound: The actor has no such request.
        Conflict: It has been decided, or has expired.
    """
    row = _load(work, request_id)
    if row is None or row.asker_id is None or row.asker_id != work.actor.user_id:
        raise NotFound(NOT_FOUND)
    if not transitions.move(work, request_id, ApprovalState.WITHDRAWN, _in_time(), decided_at=func.now()):
        raise Conflict(_ENDED)
    _end(work, request_id)
    record_step(work, "withdrawn", request_id, row.kind, row.mailbox_id)


def find_approval(work: Work, request_id: UUID) -> ApprovalRequest:
    """Return a request that the actor made, or that a group of the actor's decides.

    Raises:
        NotFound: There is none, or the actor has no access to it.
        StepUp: Reading it requires a higher level of assurance.
    """
    row = _visible(work, request_id)
    require_loa(work.actor, row.level)
    return _opened(work, row)


def list_approvals(work: Work) -> list[ApprovalRequest]:
    """Return the requests that wait for the actor to decide, the oldest first, then the actor's own, the latest first.

    The content is left out, and so are the details of requests that take a higher level of assurance to read.
    """
    require_user(work.actor)
    waiting = and_(approvals.c.state == ApprovalState.WAITING.value, _in_time())
    to_decide = _query(work, may_decide(work.actor), waiting).order_by(approvals.c.asked_at).limit(MOST)
    own = _query(work, approvals.c.asker_id == work.actor.user_id).order_by(approvals.c.asked_at.desc()).limit(MOST)
    rows = [*work.connection.execute(to_decide), *work.connection.execute(own)]
    return [_opened(work, row, whole=False) for row in rows]


def own_unfinished(work: Work, kind: str) -> list[ApprovalRequest]:
    """Return the actor's own requests of a kind that wait or have been approved but not done, with their content.

    It is for programs, not for a page: what takes a higher level of assurance to read is not left out.
    """
    states = approvals.c.state.in_([ApprovalState.WAITING.value, ApprovalState.APPROVED.value])
    own = _query(work, states, approvals.c.asker_id == work.actor.user_id, approvals.c.kind == kind)
    return [_opened(work, row) for row in work.connection.execute(own.order_by(approvals.c.asked_at).limit(MOST))]


def count_waiting(work: Work) -> tuple[int, int]:
    """Return how many requests wait for the actor to decide, and how many of the actor's own are undecided."""
    waiting = and_(approvals.c.state == ApprovalState.WAITING.value, _in_time())
    own = approvals.c.asker_id == work.actor.user_id
    query = select(
        func.count().filter(may_decide(work.actor)).label("to_decide"), func.count().filter(own).label("own")
    ).where(approvals.c.organisation_id == work.organisation_id, waiting)
    row = work.connection.execute(query).one()
    return row.to_decide, row.own


def expire(platform: Platform) -> int:
    """End the expired requests; a job. Return how many."""
    over = and_(approvals.c.state == ApprovalState.WAITING.value, ~_in_time())
    return platform.in_each_organisation(partial(_expire, platform, over=over))


def _expire(platform: Platform, organisation_id: UUID, over: ColumnElement[bool]) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        query = select(approvals).where(approvals.c.organisation_id == organisation_id, over).limit(MOST)
        rows = work.connection.execute(query).all()
        moved = [row for row in rows if transitions.move(work, row.id, ApprovalState.EXPIRED, ~_in_time())]
        for row in moved:
            _end(work, row.id)
            record_step(work, "expired", row.id, row.kind, row.mailbox_id)
    return len(moved)


def _decide(work: Work, request_id: UUID, new: ApprovalState, reason: str) -> "Row[Any]":
    require_user(work.actor)
    _check_reason(reason)
    row = _visible(work, request_id)
    require_loa(work.actor, row.level)
    if not row.may_decide:
        raise Forbidden(NOT_YOURS)
    if row.state != ApprovalState.WAITING.value:  # told before what is wrong with the reason, which is late anyway
        raise Conflict(_ENDED)
    if new is ApprovalState.REJECTED and not reason.strip():
        raise Invalid("Begäran kunde inte avslås.", fields={"reason": "Skriv varför du avslår."})
    words = work.vault.seal_small(work.organisation_id, f"approval:{request_id}:decision", reason.strip().encode())
    decided = {"decider_id": work.actor.user_id, "decided_at": func.now(), "decision": words}
    if not transitions.move(work, request_id, new, and_(may_decide(work.actor), _in_time()), **decided):
        raise Conflict(_ENDED)
    record_step(work, new.value.lower(), request_id, row.kind, row.mailbox_id)
    return row


def queue_of(kind: str) -> str:
    """Return the outbox for approved requests of a kind."""
    return QUEUE + kind.partition(".")[0]


def record_step(work: Work, step: str, request_id: UUID, kind: str, mailbox_id: UUID | None) -> None:
    """Write a step of a request to the event log, and notify the pages of its mailbox."""
    if mailbox_id is None:
        audit.record(work, f"approval.{step}", request_id, kind=kind)
        return
    notice = {"o": work.organisation_id, "m": mailbox_id, "k": "approval"}
    audit.record_and_tell(work, f"approval.{step}", request_id, notice, kind=kind)


def forget_content(work: Work, request_id: UUID) -> None:
    """Delete a request's content and details, now that it has ended."""
    row = _load(work, request_id)
    if row is None:
        return
    opened = _open(work, row)
    sealed = _seal(work, request_id, Sealed(opened.sentence, opened.reason))
    this = (approvals.c.organisation_id == work.organisation_id, approvals.c.id == request_id)
    work.connection.execute(approvals.update().where(*this).values(sealed=sealed, about=[]))


def _end(work: Work, request_id: UUID) -> None:
    """Tell the kind that a request has ended without being run, and delete its content."""
    request = load_whole(work, request_id)
    kind = work.platform.plugins.approval_kinds.get(request.kind) if request else None
    if request is not None and kind is not None and kind.ended is not None:
        ask_kind(work, request.kind, "ended", kind.ended, request)
    forget_content(work, request_id)


def ask_kind(
    work: Work, kind: str, method: str, function: Callable[[Work, ApprovalRequest], object], request: ApprovalRequest
) -> None:
    """Call a function of a kind in the given work; an error in it is blamed on its plugin."""
    plugin, _, name = kind.partition(".")
    if kind in work.platform.plugins.approval_kinds:
        called = Called(plugin, "approval_kinds", f"{name}.{method}")
        work.platform.plugins.walls.ask_here(called, 60.0, function, work, request)
    else:
        function(work, request)


def load_whole(work: Work, request_id: UUID) -> ApprovalRequest | None:
    """Return a request as the system sees it, with its content."""
    row = _load(work, request_id)
    return _opened(work, row) if row is not None else None


def _in_time() -> ColumnElement[bool]:
    return approvals.c.expires_at > func.now()


def _query(work: Work, *conditions: ColumnElement[bool]) -> Any:
    decider = and_(users.c.organisation_id == approvals.c.organisation_id, users.c.id == approvals.c.decider_id)
    columns = (approvals, users.c.name.label("decider"), may_decide(work.actor).label("may_decide"))
    query = select(*columns).select_from(approvals.outerjoin(users, decider))
    return query.where(approvals.c.organisation_id == work.organisation_id, *conditions)


def _load(work: Work, request_id: UUID) -> "Row[Any] | None":
    return work.connection.execute(_query(work, approvals.c.id == request_id)).one_or_none()


def _visible(work: Work, request_id: UUID) -> "Row[Any]":
    row = work.connection.execute(_query(work, approvals.c.id == request_id, may_see(work.actor))).one_or_none()
    if row is None:
        raise NotFound(NOT_FOUND)
    return row


def _check_reason(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        sentence = Sentence("Skriv högst {most} tecken.", most=LONGEST_REASON)
        raise Invalid("Begäran kunde inte sparas.", fields={"reason": sentence})


def _seal(work: Work, request_id: UUID, sealed: Sealed) -> bytes:
    content, slot = msgspec.msgpack.encode(sealed, enc_hook=str), work.vault.slots.take()
    return work.vault.seal_small(work.organisation_id, f"approval:{request_id}", content, work.connection, slot)


def _open(work: Work, row: "Row[Any]") -> Sealed:
    """Decrypt a request's content; if a restored database brought the row back, there is none any more."""
    try:
        plain = work.vault.open_small(work.organisation_id, f"approval:{row.id}", row.sealed, work.connection)
    except Destroyed:
        return Sealed(_GONE)
    return msgspec.msgpack.decode(plain, type=Sealed)


def _opened(work: Work, row: "Row[Any] | None", *, whole: bool = True) -> ApprovalRequest:
    if row is None:
        raise NotFound(NOT_FOUND)
    opened, decision = _open(work, row), b""
    if row.decision is not None:
        label = f"approval:{row.id}:decision"
        decision = work.vault.open_small(work.organisation_id, label, row.decision, work.connection)
    return ApprovalRequest(
        id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind,
        state=ApprovalState(row.state),
        sentence=Sentence.from_stored(opened.sentence),
        reason=opened.reason,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        asker_id=row.asker_id,
        asker=row.asker,
        mailbox_id=row.mailbox_id,
        details=opened.details if whole or work.actor.loa.meets(Loa(row.level)) else (),
        content=opened.content if whole else b"",
        may_decide=row.may_decide and row.state == ApprovalState.WAITING.value,
        decided_at=row.decided_at,
        decider=row.decider or "",
        decision=decision.decode(),
        failure=Sentence.from_stored(row.failure),
    )
