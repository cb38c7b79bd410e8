"""Selects closed cases for the archive, requests a transfer, and starts it after a second person's approval."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import func, insert, select

from budkavle import Conflict, Host, Invalid, Sentence, Work, record
from budkavle.accounts import require_admin
from budkavle.approvals import ApprovalRequest, NewApproval, ask_approval
from budkavle.cases import ClosedCase, ClosedCaseFilter, closed_cases
from budkavle_records.archive.appraisals import Chooser
from budkavle_records.archive.store import already_chosen, seal_text
from budkavle_records.archive.tables import PackageState, packages, transfers

KIND = "archive"
MOST = 5_000
"""The most cases in one transfer; the rest go with the next one."""
BATCH = 500
SHOWN = 50
NOTHING = "Det finns inga ärenden att leverera med det urvalet."


class Selection(msgspec.Struct, frozen=True):
    """The selection of closed cases that are to be transferred.

    Attributes:
        mailboxes: Only cases of these function mailboxes; empty means all.
        since: Only cases closed at this time or later.
        until: Only cases closed before this time.
        kind: Only cases of this kind in the plan.
        due_only: Only cases that the plan says are to be transferred by now.
    """

    mailboxes: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    kind: UUID | None = None
    due_only: bool = False


@dataclass(slots=True)
class PlannedTransfer:
    """What a transfer would contain; nothing has been made.

    Attributes:
        cases: The cases, those closed first come first.
        messages: How many messages they have.
        size: The total size of their attachments in bytes.
        already: How many were left out because they are on their way or archived.
        more: Whether there are more cases than fit in one transfer.
    """

    cases: list[ClosedCase] = field(default_factory=list)
    messages: int = 0
    size: int = 0
    already: int = 0
    more: bool = False


class _Content(msgspec.Struct, frozen=True):
    """What a request stores until it is approved."""

    case_ids: tuple[UUID, ...]
    to_folder: bool


def plan_transfer(host: Host, work: Work, selection: Selection) -> PlannedTransfer:
    """Return what a transfer would contain; a dry run.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        selection: The selection of cases.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    planned, chooser = PlannedTransfer(), Chooser(host, work, kind=selection.kind, due_only=selection.due_only)
    ends = [at for at in (selection.until, chooser.closed_before) if at is not None]
    conditions = ClosedCaseFilter(selection.mailboxes, selection.since, min(ends, default=None))
    for page in _pages(work, conditions):
        chosen = chooser.choose(page)
        already_there = already_chosen(host, work, [case.id for case in chosen])
        planned.already += len(already_there)
        for case in chosen:
            if case.id in already_there:
                continue
            if len(planned.cases) == MOST:
                planned.more = True
                return planned
            planned.cases.append(case)
            planned.messages += case.messages
            planned.size += case.size
    return planned


def _pages(work: Work, conditions: ClosedCaseFilter) -> Iterator[Sequence[ClosedCase]]:
    after: ClosedCase | None = None
    while page := closed_cases(work, conditions, after, BATCH):
        yield page
        after = page[-1]


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def ask_transfer(host: Host, work: Work, selection: Selection, reason: str, *, to_folder: bool) -> ApprovalRequest:
    """Request the transfer of what a selection contains now; another administrator must approve it.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        selection: The selection of cases. It applies as of now, whatever is closed later.
        reason: The reason, in the asker's own words.
        to_folder: Whether the packages are also written to the installation's folder.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: Nothing is selected, there is no reason, or the installation has no folder for deliveries.
    """
    planned = plan_transfer(host, work, selection)
    if not reason.strip():
        raise Invalid("Leveransen kunde inte begäras.", fields={"reason": "Skriv varför."})
    if not planned.cases:
        raise Invalid(NOTHING)
    if to_folder and host.settings.archive_folder is None:
        raise Invalid("Installationen har ingen mapp för leveranser till arkiv.")
    ids = tuple(case.id for case in planned.cases)
    sentence = Sentence(
        "{cases} avslutade ärenden med {messages} meddelanden görs till arkivpaket (FGS 2.0).",
        cases=len(ids),
        messages=planned.messages,
    )
    numbers = ", ".join(case.number for case in planned.cases[:SHOWN])
    details = [("Ärenden", numbers if len(ids) <= SHOWN else f"{numbers} …")]
    if to_folder:
        details.append(("Mapp", str(host.settings.archive_folder)))
    content = msgspec.msgpack.encode(_Content(ids, to_folder))
    return ask_approval(
        work,
        NewApproval(f"records.{KIND}", sentence, reason, content=content, details=tuple(details), about=ids),
    )


def begin_transfer(host: Host, work: Work, request: ApprovalRequest) -> None:
    """Create a transfer and its packages, which wait to be made; the transfer gets the request's ID.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is the one who asked for it.
        request: The approved request.

    Raises:
        Forbidden: The asker is not an administrator of the organisation any more.
        Conflict: None of the cases is still closed, or all of them are in another transfer.
    """
    require_admin(work.actor)
    content = msgspec.msgpack.decode(request.content, type=_Content)
    taken = already_chosen(host, work, content.case_ids)
    cases = [
        case
        for ids in _batches([each for each in content.case_ids if each not in taken])
        for case in closed_cases(work, ClosedCaseFilter(ids=ids), limit=BATCH)
    ]
    if not cases:
        raise Conflict(NOTHING)
    organisation_id = work.organisation_id
    row = {
        "organisation_id": organisation_id,
        "id": request.id,
        "begun_at": func.now(),
        "asked_by": request.asker,
        "approved_by": request.decider,
        "reason": seal_text(work, f"records-transfer:{request.id}", request.reason),
        "packages": len(cases),
        "to_folder": content.to_folder,
    }
    rows = [
        {
            "organisation_id": organisation_id,
            "id": uuid4(),
            "transfer_id": request.id,
            "position": position,
            "case_id": case.id,
            "case_number": case.number,
            "state": PackageState.WAITING.value,
            "tries": 0,
            "failure": "",
            "answered_by": "",
        }
        for position, case in enumerate(cases, 1)
    ]
    with host.tables(work) as connection:
        last = select(func.coalesce(func.max(transfers.c.number), 0) + 1).where(
            transfers.c.organisation_id == organisation_id
        )
        new = insert(transfers).values({**row, "number": last.scalar_subquery()}).returning(transfers.c.number)
        number = connection.execute(new).scalar_one()
        connection.execute(insert(packages), rows)
    record(work, "records.transfer-begun", request.id, number=str(number), packages=str(len(cases)))
