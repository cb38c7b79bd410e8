"""Running approved requests: once, by a worker, with the requester's rights."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from budkavle.approvals import requests, transitions
from budkavle.model.approvals import ApprovalKind
from budkavle.model.errors import BudkavleError, NotYet, Permanent, Temporary, TooMany, Unavailable
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, Actor, Role, SystemActor, UserActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import ApprovalState
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import approvals, users

_BACKOFF = Backoff(longest=timedelta(hours=1), tries=12)


def core_outboxes(platform: Platform, kinds: Mapping[str, ApprovalKind]) -> dict[str, Outbox]:
    """Return the outboxes for approved requests: one for each plugin that has kinds, and one for the core.

    Args:
        platform: The installation.
        kinds: The kinds by their full names: the plugins', as `PLUGIN.NAME`, and the core's own.
    """
    handle, every = partial(run, platform, kinds), timedelta(seconds=2)
    return {
        queue: Outbox(queue, handle, partial(give_up, platform, kinds), backoff=_BACKOFF, every=every)
        for queue in sorted({requests.queue_of(kind) for kind in kinds})
    }


def run(platform: Platform, kinds: Mapping[str, ApprovalKind], entry: OutboxEntry) -> None:
    """Run a request, unless that has been done.

    Raises:
        Temporary: It cannot be done now.
        Permanent: It cannot be done.
    """
    request_id = UUID(entry.content.decode())
    with platform.work(SystemActor(entry.organisation_id, CORE_NAME)) as work:
        row = _row(work, request_id)
        if row is None or row.state not in {ApprovalState.APPROVED.value, ApprovalState.FAILED.value}:
            return
        kind = kinds.get(row.kind)
        if kind is None:
            raise Temporary("Tillägget som ska göra det är avstängt.")
        actor = _asker(work, row, kind)
    try:
        with platform.work(actor) as work:
            _finish(work, request_id, kind)
    except (Temporary, NotYet, Permanent, Unavailable):
        raise
    except TooMany as error:  # the requester's hourly limit
        raise Temporary(error.sentence) from error
    except BudkavleError as error:
        raise Permanent(error.sentence) from error


def _finish(work: Work, request_id: UUID, kind: ApprovalKind) -> None:
    """Run it and end the request, in one transaction; another worker with the same entry waits, and then sees that."""
    row = _row(work, request_id, lock=True)
    request = requests.load_whole(work, request_id)
    if row is None or request is None or row.state not in {ApprovalState.APPROVED.value, ApprovalState.FAILED.value}:
        return
    requests.ask_kind(work, row.kind, "run", kind.run, request)
    if transitions.move(work, request_id, ApprovalState.DONE, failure=""):
        requests.forget_content(work, request_id)
        requests.record_step(work, "done", request_id, row.kind, row.mailbox_id)


def give_up(platform: Platform, kinds: Mapping[str, ApprovalKind], entry: OutboxEntry, failure: str) -> None:
    """Record the failure for the requester to read, and tell the kind; the request may be tried again."""
    request_id = UUID(entry.content.decode())
    with platform.work(SystemActor(entry.organisation_id, CORE_NAME)) as work:
        row = _row(work, request_id)
        if row is None or not transitions.move(
            work, request_id, ApprovalState.FAILED, failure=Sentence(failure).to_text()
        ):
            return
        request, kind = requests.load_whole(work, request_id), kinds.get(row.kind)
        if request is not None and kind is not None and kind.failed is not None:
            requests.ask_kind(work, row.kind, "failed", kind.failed, request)
        requests.record_step(work, "failed", request_id, row.kind, row.mailbox_id)


def _row(work: Work, request_id: UUID, *, lock: bool = False) -> "Row[Any] | None":
    query = select(approvals).where(approvals.c.organisation_id == work.organisation_id, approvals.c.id == request_id)
    return work.connection.execute(query.with_for_update() if lock else query).one_or_none()


def _asker(work: Work, row: "Row[Any]", kind: ApprovalKind) -> Actor:
    """Return the requester, with their present rights."""
    if row.asker_id is None:
        return SystemActor(work.organisation_id, row.asker, kind.scopes, row.plugin)
    query = select(users).where(users.c.organisation_id == work.organisation_id, users.c.id == row.asker_id)
    user = work.connection.execute(query).one_or_none()
    if user is None or not user.active:
        raise Permanent("Den som bad om det har inte längre något konto.")
    return UserActor(work.organisation_id, user.id, user.name, Role(user.role), Loa(row.loa), user.language)
