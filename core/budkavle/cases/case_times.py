"""When things happened in cases, to judge how long they are kept; and a plugin's entries in a case's log.

Numbers, times, ids and sizes only: an administrator of the organisation may see them without being a member of the
mailbox.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import NO_CASE, case_row, require_overview
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.states import CaseState
from budkavle.storage import case_log
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases


class _Queries(QueryFile):
    find_times: Statement
    list_page: Statement


QUERIES = _Queries.load()
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """When things happened in a case that has not been destroyed.

    Attributes:
        number: The number that people use.
        state: Its state; one in the bin is no longer open.
        first_received_at: When its first message was received; None if there is none.
        last_received_at: When its last message was received.
        last_sent_at: When its last message was sent; None if there is none.
        last_at: When its last message was received or sent.
        ended_at: When it was closed, or binned if it was open until then; None while it is open.
        received_ids: The received messages.
        messages: How many messages it has.
        size: Bytes of its attachments.
    """

    id: UUID
    mailbox_id: UUID
    number: str
    state: CaseState
    opened_at: datetime
    first_received_at: datetime | None
    last_received_at: datetime | None
    last_sent_at: datetime | None
    last_at: datetime
    ended_at: datetime | None
    received_ids: tuple[UUID, ...]
    messages: int
    size: int

    @property
    def is_open(self) -> bool:
        """Whether a user may still be working on it."""
        return self.ended_at is None

    @property
    def is_answered(self) -> bool:
        """Whether nothing has been received since the last answer."""
        received, sent = self.last_received_at, self.last_sent_at
        return received is None or (sent is not None and sent >= received)


def find_case_times(work: Work, case_ids: Collection[UUID]) -> dict[UUID, CaseTimes]:
    """Return when things happened in some cases, by case; an unknown or destroyed case is left out.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.
    """
    require_overview(work.actor)
    if not case_ids:
        return {}
    parameters = {"organisation": work.organisation_id, "ids": list(case_ids)}
    return {row.id: _times(row) for row in QUERIES.find_times.all(work.connection, parameters)}


def list_case_times(
    work: Work, *, after: UUID | None = None, mailboxes: Collection[UUID] = (), limit: int = 500
) -> Sequence[CaseTimes]:
    """Return when things happened in all cases, in the order of their ids.

    Args:
        work: The unit of work, in the organisation of the cases.
        after: The last case of the previous page; None starts with the first.
        mailboxes: Only cases of these; empty means all.
        limit: The most cases of a page.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.

    Example:
        page = list_case_times(work)
        while page:
            page = list_case_times(work, after=page[-1].id)
    """
    require_overview(work.actor)
    parameters: dict[str, object] = {
        "organisation": work.organisation_id,
        "after": after or _FIRST,
        "mailboxes": list(mailboxes),
        "limit": limit,
    }
    while ids := [row.id for row in QUERIES.list_page.all(work.connection, parameters)]:
        if times := find_case_times(work, ids):
            return list(times.values())
        parameters["after"] = ids[-1]  # all of them have just been destroyed
    return []


def find_cases_by_number(work: Work, numbers: Collection[str]) -> dict[str, list[UUID]]:
    """Return the cases with some numbers, by number; a number without a case is left out.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.
    """
    require_overview(work.actor)
    columns = (cases.c.number, cases.c.id)
    wanted = (cases.c.organisation_id == work.organisation_id, cases.c.messages > 0, cases.c.number.in_(list(numbers)))
    ids_by_number: dict[str, list[UUID]] = {}
    for row in work.connection.execute(select(*columns).where(*wanted)):
        ids_by_number.setdefault(row.number, []).append(row.id)
    return ids_by_number


def note_in_case(work: Work, case_id: UUID, kind: str, /, **facts: str) -> None:
    """Log in a case's log, and in the event log, what a plugin has done about the case.

    Args:
        work: The unit of work; its actor is a member of the case's mailbox, an administrator of the organisation, or
            the plugin itself with READ.
        case_id: The case.
        kind: What happened, as `PLUGIN.WORD`; the plugin gives its sentence by `budkavle_event_words`.
        facts: The facts for the sentence, in plain words; never content of a message.

    Raises:
        NotFound: The actor has no access to the case, or it is destroyed.
        Invalid: The kind has no plugin before its dot.

    Example:
        note_in_case(work, case_id, "pigeon.flown", bird="Vita Frun")
    """
    if "." not in kind:
        raise Invalid("Händelsen {kind} ska heta TILLÄGG.ORD.", kind=kind)
    mailbox_id = _mailbox_of(work, case_id)
    case_log.write(work, case_log.CaseChange(mailbox_id, case_id, kind), **facts)


def _mailbox_of(work: Work, case_id: UUID) -> UUID:
    try:
        times = find_case_times(work, [case_id])
    except Forbidden:  # not an administrator: must be a member of the mailbox
        mailbox_id: UUID = case_row(work, case_id)["mailbox_id"]
        return mailbox_id
    if case_id not in times:
        raise NotFound(NO_CASE)
    return times[case_id].mailbox_id


def _times(row: ResultRow) -> CaseTimes:
    return CaseTimes(
        id=row.id,
        mailbox_id=row.mailbox_id,
        number=row.number,
        state=CaseState(row.state),
        opened_at=row.opened_at,
        first_received_at=row.first_received_at,
        last_received_at=row.last_received_at,
        last_sent_at=row.last_sent_at,
        last_at=row.last_at or row.active_at,
        ended_at=row.ended_at,
        received_ids=tuple(row.received_ids or ()),
        messages=int(row.messages),
        size=int(row.size),
    )
