"""Requests that wait until a second person says yes, and the kinds of them that there are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa
from budkavle.model.people import ActorScope
from budkavle.model.states import ApprovalState


class Approvers(StrEnum):
    """Who may say yes or no to a request. Never who asked, and never who stands in for them."""

    ADMINISTRATORS = "administrators"
    """The organisation's administrators."""
    MANAGERS = "managers"
    """The administrators of the request's mailbox, or of the organisation."""
    MEMBERS = "members"
    """The members of the request's mailbox; who only stands in for its owner is none."""


@dataclass(frozen=True, slots=True)
class NewApproval:
    """Something that is to happen once a second person says yes, for `ask_approval`.

    Attributes:
        kind: What it is, as `PLUGIN.KIND`.
        sentence: What will happen, in a sentence for who decides, a translation key or a `Sentence` with its facts. It
            lies sealed, and stays.
        reason: Why, in the words of who asks.
        content: What it takes to do it. It lies sealed until the request has come to its end.
        details: What who decides has to read, such as the text of a message: rows of a label, which is a translation
            key, and a text. It lies sealed as long as `content`.
        mailbox_id: The mailbox that it is about; required where its members or administrators decide.
        level: The level of assurance that it takes to read the request.
        about: The cases and messages that it rests on. They are not destroyed while the request waits.
        id: Its own id, where asking twice must make one request.
    """

    kind: str
    sentence: str
    reason: str = ""
    content: bytes = field(default=b"", repr=False)
    details: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    mailbox_id: UUID | None = None
    level: Loa = Loa.NONE
    about: tuple[UUID, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request that a second person decides.

    Attributes:
        kind: What it is, as `PLUGIN.KIND`.
        sentence: What will happen.
        reason: Why, in the words of who asked.
        details: What who decides has to read; empty once the request has come to its end.
        content: What it takes to do it; empty once the request has come to its end.
        asker_id: The user who asked; None where a part of the system did.
        asker: The name of who asked.
        may_decide: Whether the actor who looks may say yes or no to it.
        decider: The name of who has decided.
        decision: Their reason.
        failure: Why it could not be done, where it could not.
    """

    id: UUID
    organisation_id: UUID
    kind: str
    state: ApprovalState
    sentence: str
    reason: str
    asked_at: datetime
    expires_at: datetime
    asker_id: UUID | None = None
    asker: str = ""
    mailbox_id: UUID | None = None
    details: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)
    may_decide: bool = False
    decided_at: datetime | None = None
    decider: str = ""
    decision: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of request that a second person decides.

    Attributes:
        name: Its name, which is the plugin's own; requests name it `PLUGIN.NAME`.
        title: What people call it, such as `Gallring`: a translation key.
        run: Does what was asked for, once it is approved, with a unit of work and the request. The work's actor is who
            asked, with the rights that they have now, or the plugin itself with `scopes`. What it writes in the work is
            stored together with the request's end, so it happens once. Where it commits by itself, or reaches outside
            of the database, it may be called again after a crash: the request's `id` then tells. Any error of
            `BudkavleError` ends the request as failed, but `Temporary` and `NotYet`, after which it is tried again.
        approvers: Who may say yes or no.
        scopes: What the plugin itself may do in `run`, where it asked in nobody's name.
        expires_after: How long a request waits.
        ended: Called where a request comes to nothing: it was rejected, withdrawn, or its time is up. It gets a unit of
            work and the request with its content; the work's actor is whoever ended it. What it writes is stored
            together with the request's end.
        failed: Called where what was approved could not be done, with the same as `ended`; the work's actor is the
            system. It may be tried again later, and succeed then.

    Raises:
        Misconfigured: A request would expire at once.

    Example:
        def empty(work: Work, request: ApprovalRequest) -> None:
            destroy(work, request.sentence, case_ids=[UUID(request.content.decode())])

        @hookimpl
        def budkavle_approval_kinds(host: Host) -> list[ApprovalKind]:
            return [ApprovalKind("empty", "Gallring", empty, scopes=frozenset({ActorScope.ADMINISTER}))]
    """

    name: str
    title: str
    run: Callable[[Any, ApprovalRequest], None]
    approvers: Approvers = Approvers.ADMINISTRATORS
    scopes: frozenset[ActorScope] = frozenset()
    expires_after: timedelta = timedelta(days=7)
    ended: Callable[[Any, ApprovalRequest], None] | None = None
    failed: Callable[[Any, ApprovalRequest], None] | None = None

    def __post_init__(self) -> None:
        """Judge the time here, where the author's own line is in sight."""
        if self.expires_after <= timedelta(0):
            raise Misconfigured("slaget {kind}: expires_after ska vara längre än noll", kind=self.name)
