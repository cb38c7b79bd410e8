"""Lists of messages (postlistor): which messages a list contains, what is masked in it, and why.

A list stores the IDs of its messages in order, so that the numbering stays the same and the list can be finished later
and given out again. It stores no content: rows are decrypted when they are shown, and a message that has been destroyed
is gone here too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, select, update

from budkavle import Actor, FunctionMailbox, Host, Invalid, NotFound, Sentence, Work, record
from budkavle.accounts import all_mailboxes
from budkavle.messaging import MessageFilter, messages_since
from budkavle_disclosure.access import DESK, reader
from budkavle_disclosure.tables import list_rows, lists

ZONE = ZoneInfo("Europe/Stockholm")
MOST_ROWS = 5_000
BATCH = 1_000
SHOWN = 50
LONGEST_NAME = 100
ROW = "row"
FIELDS = ("sender", "receiver", "subject", "registration", ROW)
"""The fields that may be masked; `row` means all of them."""
NO_LIST = "Listan finns inte, eller så har den tagits bort."


@dataclass(frozen=True, slots=True)
class PostList:
    """A list of messages, without its rows.

    Attributes:
        since: The first day.
        until: The last day.
        rows: How many messages it has.
    """

    id: UUID
    name: str
    mailbox_ids: Sequence[UUID]
    since: date
    until: date
    rows: int
    made_at: datetime
    made_by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of a list.

    Attributes:
        masks: The legal ground for each masked field.
        judged: Whether somebody has decided about it; until then, a protected message is masked.
    """

    position: int
    message_id: UUID
    masks: Mapping[str, str]
    judged: bool


def listable_mailboxes(host: Host, actor: Actor) -> list[FunctionMailbox]:
    """Return the mailboxes that a list may cover: all function mailboxes of the organisation."""
    DESK.require(host.platform, actor)
    with host.work(reader(host, actor)) as work:
        return all_mailboxes(work)


def create_list(host: Host, actor: Actor, name: str, mailbox_ids: Sequence[UUID], days: tuple[date, date]) -> UUID:
    """Create a list of the messages that were received and sent by the given mailboxes.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk.
        name: The name of the list.
        mailbox_ids: The mailboxes.
        days: The first and the last day, in Swedish time.

    Raises:
        Forbidden: The actor may not work at the desk.
        Invalid: Something is wrong; `fields` says what.
    """
    listable = {mailbox.id for mailbox in listable_mailboxes(host, actor)}
    fields = {"name": "Skriv vad listan ska heta, med högst 100 tecken."} if not 0 < len(name) <= LONGEST_NAME else {}
    if not mailbox_ids or not listable.issuperset(mailbox_ids):
        fields["mailboxes"] = "Välj minst en brevlåda."
    if days[0] > days[1]:
        fields["until"] = "Den sista dagen kan inte komma före den första."
    if fields:
        raise Invalid("Listan kunde inte skapas.", fields=fields)
    list_id = uuid4()
    with host.work(reader(host, actor)) as work:
        message_ids = list(_message_ids(host, work, mailbox_ids, days))
        if len(message_ids) > MOST_ROWS:
            sentence = Sentence("Det är fler än {count} meddelanden. Välj en kortare tid.", count=MOST_ROWS)
            raise Invalid("Listan kunde inte skapas.", fields={"until": sentence})
        with host.tables(work) as connection:
            _insert(host, connection, actor, PostList(list_id, name, mailbox_ids, *days, len(message_ids), *_by(actor)))
            _insert_rows(connection, actor.organisation_id, list_id, message_ids)
        record(
            work, "disclosure.list-made", list_id, actor, rows=len(message_ids), since=str(days[0]), until=str(days[1])
        )
    return list_id


def find_list(host: Host, actor: Actor, list_id: UUID) -> PostList:
    """Return one list of the actor's organisation.

    Raises:
        Forbidden: The actor may not work at the desk.
        NotFound: There is no list with this ID.
    """
    DESK.require(host.platform, actor)
    query = select(lists).where(lists.c.organisation_id == actor.organisation_id, lists.c.id == list_id)
    with host.transaction(actor.organisation_id) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(NO_LIST)
    return _post_list(host, actor.organisation_id, row)


def saved_lists(host: Host, actor: Actor, page: int) -> tuple[list[PostList], int]:
    """Return a page of the organisation's lists, the latest first, and the total number."""
    DESK.require(host.platform, actor)
    of = lists.c.organisation_id == actor.organisation_id
    query = select(lists).where(of).order_by(lists.c.made_at.desc(), lists.c.id)
    with host.transaction(actor.organisation_id) as connection:
        total = connection.execute(select(func.count()).select_from(lists).where(of)).scalar_one()
        rows = connection.execute(query.limit(SHOWN).offset((page - 1) * SHOWN)).all()
    return [_post_list(host, actor.organisation_id, row) for row in rows], total


def stored_rows(host: Host, post_list: PostList, organisation_id: UUID, since: int, limit: int) -> list[StoredRow]:
    """Return rows of a list, starting at a position."""
    query = select(list_rows).where(*_of(organisation_id, post_list.id), list_rows.c.position >= since)
    with host.transaction(organisation_id) as connection:
        rows = connection.execute(query.order_by(list_rows.c.position).limit(limit)).all()
    return [
        StoredRow(row.position, row.message_id, _masks(host, organisation_id, post_list.id, row), row.judged)
        for row in rows
    ]


def mask(host: Host, actor: Actor, list_id: UUID, positions: Sequence[int], masks: Mapping[str, str]) -> None:
    """Mask fields of the given rows, in addition to what is already masked.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk.
        list_id: The list.
        positions: The rows.
        masks: The legal ground for each field.
    """
    _change(host, actor, list_id, positions, masks)


def unmask(host: Host, actor: Actor, list_id: UUID, positions: Sequence[int]) -> None:
    """Decide that nothing in the given rows is masked."""
    _change(host, actor, list_id, positions, None)


def delete_list(host: Host, actor: Actor, list_id: UUID) -> None:
    """Delete a list and its masks; the messages are not changed."""
    find_list(host, actor, list_id)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            connection.execute(delete(list_rows).where(*_of(actor.organisation_id, list_id)))
            connection.execute(
                delete(lists).where(lists.c.organisation_id == actor.organisation_id, lists.c.id == list_id)
            )
        record(work, "disclosure.list-deleted", list_id)


def _change(host: Host, actor: Actor, list_id: UUID, positions: Sequence[int], masks: Mapping[str, str] | None) -> None:
    find_list(host, actor, list_id)
    organisation_id = actor.organisation_id
    with host.work(actor) as work:
        with host.tables(work) as connection:
            query = select(list_rows).where(*_of(organisation_id, list_id), list_rows.c.position.in_(positions))
            rows = connection.execute(query.with_for_update()).all()
            for row in rows:
                joined = {**_masks(host, organisation_id, list_id, row), **masks} if masks else {}
                this = (*_of(organisation_id, list_id), list_rows.c.position == row.position)
                sealed = _seal(host, organisation_id, list_id, row.position, joined) if joined else None
                connection.execute(update(list_rows).where(*this).values(masks=sealed, judged=True))
            by = {"changed_at": datetime.now(UTC), "changed_by": actor.name}
            this_list = (lists.c.organisation_id == organisation_id, lists.c.id == list_id)
            connection.execute(update(lists).where(*this_list).values(by))
        if rows:
            kind = "disclosure.list-masked" if masks else "disclosure.list-unmasked"
            grounds = ", ".join(sorted(set((masks or {}).values())))
            record(work, kind, list_id, rows=len(rows), fields=", ".join(sorted(masks or {})), grounds=grounds)


def _message_ids(host: Host, work: Work, mailbox_ids: Sequence[UUID], days: tuple[date, date]) -> Iterator[UUID]:
    """Return the messages of the days, each one once even if it has several recipients; stop above the limit."""
    since = datetime.combine(days[0], time(), ZONE)
    until = datetime.combine(days[1] + timedelta(days=1), time(), ZONE) - timedelta(microseconds=1)
    transports = list(host.platform.plugins.transports)
    conditions = MessageFilter(mailbox_ids, transports, since=since, until=until)
    message_ids: dict[UUID, None] = {}
    mark = None
    while len(message_ids) <= MOST_ROWS:
        messages = messages_since(work, conditions, mark, BATCH)
        message_ids |= dict.fromkeys(message.message_id for message in messages)
        if len(messages) < BATCH:
            break
        mark = messages[-1].mark
    return iter(message_ids)


def _insert(host: Host, connection: Connection, actor: Actor, post_list: PostList) -> None:
    sealed = host.vault.seal_small(actor.organisation_id, _label(post_list.id), post_list.name.encode())
    values = {
        "organisation_id": actor.organisation_id,
        "id": post_list.id,
        "name": sealed,
        "mailboxes": list(post_list.mailbox_ids),
        "since": post_list.since,
        "until": post_list.until,
        "rows": post_list.rows,
        "made_at": post_list.made_at,
        "made_by": post_list.made_by,
        "changed_at": post_list.changed_at,
        "changed_by": post_list.changed_by,
    }
    connection.execute(insert(lists).values(values))


def _insert_rows(connection: Connection, organisation_id: UUID, list_id: UUID, message_ids: Sequence[UUID]) -> None:
    rows = [
        {
            "organisation_id": organisation_id,
            "list_id": list_id,
            "position": position,
            "message_id": message_id,
            "judged": False,
        }
        for position, message_id in enumerate(message_ids, 1)
    ]
    if rows:
        connection.execute(insert(list_rows), rows)


def _by(actor: Actor) -> tuple[datetime, str, datetime, str]:
    now = datetime.now(UTC)
    return now, actor.name, now, actor.name


def _of(organisation_id: UUID, list_id: UUID) -> tuple[Any, Any]:
    return list_rows.c.organisation_id == organisation_id, list_rows.c.list_id == list_id


def _label(list_id: UUID) -> str:
    return f"disclosure-list:{list_id}"


def _seal(host: Host, organisation_id: UUID, list_id: UUID, position: int, masks: Mapping[str, str]) -> bytes:
    plain = json.dumps(masks, ensure_ascii=False).encode()
    return host.vault.seal_small(organisation_id, f"{_label(list_id)}:{position}", plain)


def _masks(host: Host, organisation_id: UUID, list_id: UUID, row: Any) -> dict[str, str]:
    if row.masks is None:
        return {}
    masks: dict[str, str] = json.loads(
        host.vault.open_small(organisation_id, f"{_label(list_id)}:{row.position}", row.masks)
    )
    return masks


def _post_list(host: Host, organisation_id: UUID, row: Any) -> PostList:
    name = host.vault.open_small(organisation_id, _label(row.id), row.name).decode()
    days = (row.since, row.until)
    by = (row.made_at, row.made_by, row.changed_at, row.changed_by)
    return PostList(row.id, name, row.mailboxes, *days, row.rows, *by)
