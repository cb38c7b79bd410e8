"""Requests that need the approval of a second person, and their kinds."""

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
    """Who may decide a request. Never the requester, and never a stand-in for them.

    Attributes:
        ADMINISTRATORS: The organisation's administrators.
        MANAGERS: The administrators of the request's mailbox, or of the organisation.
        MEMBERS: The members of the request's mailbox who may write in it; a stand-in for its owner is not a member.
    """

    ADMINISTRATORS = "administrators"
    MANAGERS = "managers"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class NewApproval:
    """An action that needs the approval of a second person, for `ask_approval`.

    Attributes:
        kind: Its kind, as `PLUGIN.KIND`.
        sentence: What will happen, in a sentence for the person who decides: a translation key or a `Sentence` with its
            facts. It is stored sealed, and kept.
        reason: Why, in the requester's own words.
        content: The data for `run`. It is stored sealed until the request has ended.
        details: What the person who decides has to read, such as the text of a message: rows of a label, which is a
            translation key, and a text. It is stored sealed as long as `content`.
        mailbox_id: The mailbox that it is about; required if its members or administrators decide.
        level: The level of assurance that is needed to read the request.
        about: The cases and messages that it depends on. They are not destroyed while the request is pending.
        id: Its id, if asking twice must create one request.
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
        kind: Its kind, as `PLUGIN.KIND`.
        sentence: What will happen.
        reason: Why, in the requester's own words.
        details: What the person who decides has to read; empty when the request has ended.
        content: The data for `run`; empty when the request has ended.
        asker_id: The user who asked; None if a part of the system did.
        asker: The requester's name.
        may_decide: Whether the current actor may decide it.
        decider: The name of the person who decided.
        decision: Their reason.
        failure: Why the action failed, if it did.
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
        title: Its display name, such as `Gallring`: a translation key.
        run: Performs the approved action, with a unit of work and the request. The work's actor is the requester, with
            the rights that they have now, or the plugin itself with `scopes`. What it writes in the work is committed
            together with the end of the request, so it happens once. If it commits separately, or calls another system,
            it may be called again after a crash: recognise that by the request's `id`. Any `BudkavleError` ends the
            request as failed, except `Temporary` and `NotYet`, after which it is retried.
        approvers: Who may decide.
        scopes: The scopes of the plugin itself in `run`, if it asked in its own name.
        expires_after: How long a request waits.
        ended: Called when a request is rejected, withdrawn, or has expired. It gets a unit of work and the request with
            its content; the work's actor is the one who ended it. What it writes is committed together with the end of
            the request.
        failed: Called when an approved action could not be done, with the same arguments as `ended`; the work's actor
            is the system. The action may be retried later, and succeed then.

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
        """Check the time here, so that the traceback shows the author's own line."""
        if self.expires_after <= timedelta(0):
            raise Misconfigured("slaget {kind}: expires_after ska vara längre än noll", kind=self.name)
