"""A person's choices of notifications: a pace for each mailbox and channel, and the quiet hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import case, func, select

from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.permissions import NO_MAILBOX, as_mailbox, my_mailboxes, require_user
from budkavle.accounts.preferences import prefer, preferences
from budkavle.cases.member_news.paces import QuietHours, due
from budkavle.logs import describe
from budkavle.model.errors import NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.notices import Pace
from budkavle.plugins.breakers import Called
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.notifier import NoticeWay
from budkavle.storage import audit
from budkavle.storage.paging import FIRST_PAGE, Order, Place, RowPage, count_rows, read_page
from budkavle.storage.pipeline import QueryFile, Statement, savepoint
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import mailboxes

QUIET = "quiet_hours"
"""The preference that holds a person's quiet hours."""
MAIL = "mail"
"""The channel that sends mail about messages in a person's own inbox."""
PLACE = "member-news"
"""In `counters`: the number of the last event log entry that members have been notified of."""
log = structlog.get_logger("budkavle.cases.member_news")


class _Queries(QueryFile):
    list_choices: Statement
    choose: Statement
    begin_here: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class MailboxChoice:
    """A person's choices for a mailbox.

    Attributes:
        mailbox: The mailbox.
        paces: The pace of each channel, chosen or default.
    """

    mailbox: FunctionMailbox
    paces: Mapping[str, Pace]


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """A page of a person's mailboxes with the choices for each.

    Attributes:
        choices: The mailboxes, the person's own inbox first.
        rows: The same as database rows, with the position in the list.
        total: How many mailboxes there are.
        quiet: The person's quiet hours.
    """

    choices: list[MailboxChoice]
    rows: RowPage
    total: int
    quiet: QuietHours | None


def notice_ways(platform: Platform) -> dict[str, Of[NoticeWay]]:
    """Return the channels for notifying members, by name, in the order of the plugins."""
    return {of.thing.name: of for of in platform.plugins.registered("notice_ways")}


def list_choices(work: Work, place: Place = FIRST_PAGE) -> ChoicePage:
    """Return a page of the actor's mailboxes with the actor's choices for each.

    Args:
        work: The unit of work; its actor is a user.
        place: Where the page starts.

    Raises:
        Forbidden: The actor has no account.
    """
    user_id = require_user(work.actor)
    query = select(mailboxes).where(my_mailboxes(work.actor))
    own_first = case((mailboxes.c.id == personal_id(user_id), 0), else_=1)
    order = Order((own_first, func.lower(mailboxes.c.name)), mailboxes.c.id)
    page = read_page(work.connection, query, order, place)
    shown = [as_mailbox(row) for row in page.rows]
    chosen = find_paces(work, user_id, [mailbox.id for mailbox in shown])
    quiet = QuietHours.from_stored(preferences(work, user_id).get(QUIET))
    choices = [MailboxChoice(mailbox, chosen[mailbox.id]) for mailbox in shown]
    return ChoicePage(choices, page, count_rows(work.connection, query), quiet)


def find_paces(work: Work, user_id: UUID, mailbox_ids: list[UUID]) -> dict[UUID, dict[str, Pace]]:
    """Return the pace of each channel for some mailboxes, as a person has chosen or by default.

    Args:
        work: In the organisation.
        user_id: The person.
        mailbox_ids: The mailboxes.
    """
    ways, inbox_id = notice_ways(work.platform), personal_id(user_id)
    paces = {
        mailbox_id: {name: way.thing.usual if mailbox_id == inbox_id else Pace.OFF for name, way in ways.items()}
        for mailbox_id in mailbox_ids
    }
    values = {"organisation": work.organisation_id, "user": user_id, "mailboxes": mailbox_ids}
    for row in QUERIES.list_choices.all(work.connection, values):
        if row.way in ways:
            paces[row.mailbox_id][row.way] = Pace(row.pace)
    return paces


def choose(work: Work, choices: Mapping[UUID, Mapping[str, Pace]], quiet: QuietHours | None) -> None:
    """Store the actor's choices.

    Args:
        work: The unit of work; its actor is a user.
        choices: The pace of each channel, for some of the actor's mailboxes.
        quiet: The hours without notifications.

    Raises:
        Forbidden: The actor has no account.
        NotFound: A mailbox is unknown, the actor is not a member of it, or a channel is unknown.
    """
    user_id = require_user(work.actor)
    ways = notice_ways(work.platform)
    member_of = select(mailboxes.c.id).where(my_mailboxes(work.actor), mailboxes.c.id.in_(list(choices)))
    mailbox_ids = set(work.connection.execute(member_of).scalars())
    if mailbox_ids != set(choices) or any(way not in ways for paces in choices.values() for way in paces):
        raise NotFound(NO_MAILBOX)
    before = find_paces(work, user_id, [*choices])
    chosen = [(mailbox_id, way, pace) for mailbox_id, paces in choices.items() for way, pace in paces.items()]
    QUERIES.begin_here.enqueue(work.connection, {"organisation": work.organisation_id, "place": PLACE})
    # Defaults are stored too: with quiet hours the core sends what a plugin otherwise sends itself.
    columns = {
        "mailboxes": [mailbox_id for mailbox_id, _, _ in chosen],
        "ways": [way for _, way, _ in chosen],
        "paces": [pace.value for _, _, pace in chosen],
    }
    QUERIES.choose.enqueue(work.connection, {"organisation": work.organisation_id, "user": user_id, **columns})
    for mailbox_id, way, pace in chosen:
        if before[mailbox_id][way] is not pace:
            audit.record(work, "user.notices-chosen", user_id, mailbox=str(mailbox_id), way=way, pace=pace.value)
    if QuietHours.from_stored(preferences(work, user_id).get(QUIET)) != quiet:
        prefer(work, QUIET, quiet.to_stored() if quiet else {})


def is_told_at_once(work: Work, user_id: UUID, at: datetime) -> bool:
    """Tell whether a person wants a mail at once about a message that came to the own inbox at a given time.

    Args:
        work: In the organisation.
        user_id: The person.
        at: When it came.
    """
    own_inbox_id = personal_id(user_id)
    pace = find_paces(work, user_id, [own_inbox_id])[own_inbox_id].get(MAIL, Pace.AT_ONCE)
    quiet = QuietHours.from_stored(preferences(work, user_id).get(QUIET))
    return pace is Pace.AT_ONCE and due(pace, quiet, at) == at


def is_told_at_all(work: Work, user_id: UUID) -> bool:
    """Tell whether any channel notifies a person of messages in the own inbox, at once or later.

    If the installation has no channels, nobody expects notifications, and the answer is yes, so that no warning is
    shown. The same goes for a channel that fails, since it may work again when it is to notify.

    Args:
        work: In the organisation.
        user_id: The person.
    """
    own_inbox_id = personal_id(user_id)
    ways, paces = notice_ways(work.platform), find_paces(work, user_id, [own_inbox_id])[own_inbox_id]
    return not ways or any(
        paces[name] is not Pace.OFF and not what_lacks(work, registered, user_id) for name, registered in ways.items()
    )


def what_lacks(work: Work, of: Of[NoticeWay], user_id: UUID) -> str | None:
    """Return what a person must do before a channel can reach them; empty if nothing, None if the channel fails.

    Args:
        work: In the organisation.
        of: The channel.
        user_id: The person.
    """
    called = Called(of.plugin, "notice_ways", f"{of.thing.name}.lacks")
    try:
        with savepoint(work.connection):
            return work.platform.plugins.walls.ask_here(called, 5.0, of.thing.lacks, work, user_id)
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        log.error("plugin.failed", plugin=of.plugin, hook="notice_ways", **describe(error))  # noqa: TRY400
        return None
