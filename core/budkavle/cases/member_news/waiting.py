"""Pending news for members: received messages, from the event log, and colleagues' actions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.permissions import require_member
from budkavle.accounts.preferences import preferences
from budkavle.cases.member_news.choices import PLACE, QUIET, find_paces, notice_ways
from budkavle.cases.member_news.paces import QuietHours, due
from budkavle.cases.retention import present
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.notices import NewsKind, Pace
from budkavle.storage.audit import Entry
from budkavle.storage.event_log import EventLog
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Work

ARRIVAL = "message.received"
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
BATCH = 500


class _Queries(QueryFile):
    find_place: Statement
    keep_place: Statement
    list_readers: Statement
    add_news: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class _News:
    """The news for one person by one channel."""

    user_id: UUID
    way: str
    kind: NewsKind
    thing_id: UUID
    mailbox_id: UUID
    case_id: UUID
    happened_at: datetime
    due_at: datetime


def note_arrivals(work: Work) -> int:
    """Queue the messages since the last run as news for their readers.

    Args:
        work: In the organisation; its actor has READ.

    Returns:
        How many messages there were.
    """
    place_key = {"organisation": work.organisation_id, "place": PLACE}
    place = QUERIES.find_place.one_or_none(work.connection, place_key)
    if place is None:
        return 0  # nobody here wants notifications
    log = EventLog(work)
    last = log.last_number()  # read first, so that entries written meanwhile are not skipped
    entries = log.entries([ARRIVAL], BEGIN, END, after=place.value, limit=BATCH)
    read_to = entries[-1].number if len(entries) == BATCH else max([last, *(entry.number for entry in entries)])
    QUERIES.keep_place.enqueue(work.connection, {**place_key, "number": read_to})
    if not entries:
        return 0
    mailbox_ids = {mailbox_id for entry in entries if (mailbox_id := as_uuid(str(entry.facts.get("mailbox"))))}
    readers = QUERIES.list_readers.all(
        work.connection, {"organisation": work.organisation_id, "mailboxes": [*mailbox_ids], "quiet": QUIET}
    )
    _add(work, [news for entry in entries for news in _of_entry(work, entry, readers)])
    return len(entries)


def tell_colleagues(
    work: Work, user_ids: Collection[UUID], kind: NewsKind, mailbox_id: UUID, things: Mapping[UUID, UUID]
) -> None:
    """Queue news for colleagues about an action of the actor; the actor is never notified.

    Each is notified as chosen for the own inbox, and only if the person can open the case at that time.

    Args:
        work: The unit of work of the action.
        user_ids: The colleagues.
        kind: ASSIGNED or MENTIONED.
        mailbox_id: The mailbox of the cases.
        things: The actions, such as the id of a note, with the case's id. Nobody is notified of one twice.

    Raises:
        NotFound: The actor is not a member of the mailbox.

    Example:
        tell_colleagues(work, [anna.id], NewsKind.MENTIONED, case.mailbox_id, {note.id: case.id})
    """
    require_member(work, mailbox_id)
    at, ways = present(work), notice_ways(work.platform)
    for user_id in set(user_ids) - {work.actor.user_id}:
        own_inbox_id = personal_id(user_id)
        paces = find_paces(work, user_id, [own_inbox_id])[own_inbox_id]
        quiet = QuietHours.from_stored(preferences(work, user_id).get(QUIET))
        times = {way: due_at for way in ways if (due_at := due(paces[way], quiet, at))}
        _add(
            work,
            [
                _News(user_id, way, kind, thing_id, mailbox_id, case_id, at, due_at)
                for way, due_at in times.items()
                for thing_id, case_id in things.items()
            ],
        )


def _of_entry(work: Work, entry: Entry, readers: Sequence[ResultRow]) -> list[_News]:
    message_id, mailbox_id, case_id = (
        as_uuid(str(value)) for value in (entry.thing, entry.facts.get("mailbox"), entry.facts.get("case"))
    )
    if message_id is None or mailbox_id is None or case_id is None:
        return []
    return [
        _News(reader.user_id, way, NewsKind.ARRIVED, message_id, mailbox_id, case_id, entry.at, due_at)
        for reader in readers
        if reader.mailbox_id == mailbox_id
        for way, due_at in _times(work, reader, entry.at).items()
    ]


def _times(work: Work, reader: ResultRow, at: datetime) -> dict[str, datetime]:
    """Return when a reader is notified of a message, by channel; channels that notify of it themselves are left out."""
    chosen, quiet = reader.chosen or {}, QuietHours.from_stored(reader.quiet)
    times: dict[str, datetime] = {}
    for name, of in notice_ways(work.platform).items():
        pace = Pace(chosen.get(name, of.thing.usual if reader.is_own else Pace.OFF))
        due_at = due(pace, quiet, at)
        is_told = reader.is_own and of.thing.tells_inbox_itself and due_at == at
        if due_at is not None and not is_told:
            times[name] = due_at
    return times


def _add(work: Work, news: Sequence[_News]) -> None:
    if not news:
        return
    columns = {
        "users": [item.user_id for item in news],
        "ways": [item.way for item in news],
        "kinds": [item.kind.value for item in news],
        "things": [item.thing_id for item in news],
        "mailboxes": [item.mailbox_id for item in news],
        "cases": [item.case_id for item in news],
        "happened": [item.happened_at for item in news],
        "due": [item.due_at for item in news],
    }
    QUERIES.add_news.enqueue(work.connection, {"organisation": work.organisation_id, **columns})
