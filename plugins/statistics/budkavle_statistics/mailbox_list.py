"""The tab Funktionsbrevlåda: people, messages, open cases and answers of each mailbox, fifty per page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from budkavle.cases import MailboxPeople, WaitingCases, count_waiting_cases, list_mailbox_people
from budkavle_statistics import numbers
from budkavle_statistics.numbers import Answers, Traffic
from budkavle_statistics.question import Question
from budkavle_statistics.views import Cell

PAGE = 50
"""Mailboxes per page."""


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox with its numbers.

    Attributes:
        traffic: Messages by channel.
        answers: None if too few people use the mailbox.
        ages: Unassigned cases: from today, from the 7 days before, and older.
    """

    people: MailboxPeople
    traffic: Mapping[str, Traffic]
    open: int
    untaken: int
    ages: tuple[int, int, int]
    answers: Answers | None


@dataclass(frozen=True, slots=True)
class MailboxRows:
    """A page of mailboxes, the channels that any of them used, and the total number of mailboxes."""

    rows: Sequence[MailboxRow]
    channels: Sequence[str]
    matches: int


def mailbox_rows(q: Question, words: str = "", offset: int = 0, limit: int | None = PAGE) -> MailboxRows:
    """Return mailboxes by name with their numbers.

    Args:
        q: The period. The channels are ordered by its language.
        words: Parts of the name.
        offset: How many to skip.
        limit: The most to return. None returns all.
    """
    page = list_mailbox_people(q.work, words, offset=offset, limit=limit)
    ids = [box.id for box in page.mailboxes]
    traffic = numbers.mailbox_messages(q.work, q.period, q.channels, ids)
    answers = numbers.mailbox_answers(q.work, q.period, ids)
    waiting: dict[UUID, list[WaitingCases]] = {}
    for group in count_waiting_cases(q.work, ids):
        if group.mailbox_id is not None:
            waiting.setdefault(group.mailbox_id, []).append(group)
    channels = sorted({channel for parts in traffic.values() for channel in parts}, key=q.channel_text)
    rows = [
        _row(box, traffic.get(box.id, {}), waiting.get(box.id, []), answers.get(box.id, Answers()))
        for box in page.mailboxes
    ]
    return MailboxRows(rows, channels, page.matches)


def _row(
    people: MailboxPeople, traffic: Mapping[str, Traffic], waiting: Sequence[WaitingCases], answers: Answers
) -> MailboxRow:
    untaken = [group for group in waiting if not group.is_taken]
    ages = [sum(group.count for group in untaken if group.age in age) for age in (("today",), ("week",))]
    all_untaken = sum(group.count for group in untaken)
    return MailboxRow(
        people,
        traffic,
        sum(group.count for group in waiting),
        all_untaken,
        (ages[0], ages[1], all_untaken - sum(ages)),
        answers if people.users >= numbers.FEWEST_USERS else None,
    )


def mailbox_file(q: Question, words: str = "") -> list[list[Cell]]:
    """Return the rows of the file: all mailboxes, with sent and received in separate columns."""
    listed = mailbox_rows(q, words, limit=None)
    names = {channel: q.channel_text(channel) for channel in listed.channels}
    head: list[Cell] = [q.say("Brevlåda"), q.say("Användare"), q.say("Administratörer")]
    for name in names.values():
        head += [q.say("{channel}, skickade", channel=name), q.say("{channel}, mottagna", channel=name)]
    head += [q.say("Öppna"), q.say("Otilldelade"), q.say("Första svar"), q.say("Median i minuter")]
    rows = [head]
    for row in listed.rows:
        cells: list[Cell] = [row.people.name, row.people.users, row.people.administrators]
        for channel in names:
            traffic = row.traffic.get(channel, Traffic())
            cells += [traffic.sent, traffic.received]
        answers = row.answers
        cells += [row.open, row.untaken, answers.count if answers else None, answers.median if answers else None]
        rows.append(cells)
    return rows
