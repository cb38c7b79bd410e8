"""Numbers of a period and current numbers, read from the core's counts, for a mailbox or the organisation."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from budkavle import Work
from budkavle.storage import EventLog
from budkavle_statistics.periods import Period, Step, start_of

SENT, RECEIVED, UNDONE = "message.sent", "message.received", "message.undone"
ALWAYS = (date(1970, 1, 1), date(9999, 1, 1))
FEWEST_ANSWERS = 5
"""A median of fewer first answers is never shown: it would reveal when a particular case was answered."""
FEWEST_USERS = 3
"""If fewer people use a mailbox, its time to first answer is not shown: it would be about one of them."""


@dataclass(slots=True)
class Traffic:
    """The number of messages sent and received."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.sent + self.received

    def add(self, kind: str, count: int) -> None:
        """Add a count of the event log. An undone message was not sent."""
        if kind == RECEIVED:
            self.received += count
        else:
            self.sent += count if kind == SENT else -count

    def __add__(self, other: "Traffic") -> "Traffic":
        """Return the sum."""
        return Traffic(self.sent + other.sent, self.received + other.received)


def total(parts: Iterable[Traffic]) -> Traffic:
    """Return the sum of several."""
    return sum(parts, Traffic())


def messages(
    work: Work, period: Period, step: Step, channels: Mapping[str, str], mailbox_id: UUID | None = None
) -> dict[date, dict[str, Traffic]]:
    """Return the messages of a period by the first day of each step and by channel.

    Args:
        work: The unit of work. Its actor may read the event log.
        period: The days.
        step: What they are divided into.
        channels: The channel of each transport.
        mailbox_id: Only this mailbox.
    """
    by_step: dict[date, dict[str, Traffic]] = defaultdict(lambda: defaultdict(Traffic))
    kinds = [SENT, RECEIVED, UNDONE]
    for row in EventLog(work).totals(kinds, period.first, period.until, step=step, mailbox_id=mailbox_id):
        # Older entries about an undone message have no transport, so their channel is unknown.
        if row.kind != UNDONE or row.what:
            by_step[row.day][channels.get(row.what, row.what)].add(row.kind, row.count)
    return by_step


def by_channel(by_step: Mapping[date, Mapping[str, Traffic]]) -> dict[str, Traffic]:
    """Return the messages of all steps by channel."""
    channels: dict[str, Traffic] = defaultdict(Traffic)
    for parts in by_step.values():
        for channel, traffic in parts.items():
            channels[channel] += traffic
    return dict(channels)


def mailbox_messages(
    work: Work, period: Period, channels: Mapping[str, str], mailbox_ids: Collection[UUID]
) -> dict[UUID, dict[str, Traffic]]:
    """Return the messages of the mailboxes by channel."""
    by_mailbox: dict[UUID, dict[str, Traffic]] = defaultdict(lambda: defaultdict(Traffic))
    kinds = [SENT, RECEIVED, UNDONE]
    for row in EventLog(work).mailbox_totals(kinds, period.first, period.until, mailbox_ids):
        if row.kind != UNDONE or row.what:
            by_mailbox[row.mailbox_id][channels.get(row.what, row.what)].add(row.kind, row.count)
    return by_mailbox


@dataclass(frozen=True, slots=True)
class Answers:
    """First answers in cases.

    Attributes:
        count: The number of first answers.
        minutes: Their median.
    """

    count: int = 0
    minutes: int | None = None

    @property
    def median(self) -> int | None:
        """Their median in minutes. None if there are fewer than `FEWEST_ANSWERS`."""
        return self.minutes if self.count >= FEWEST_ANSWERS else None


def first_answers(work: Work, period: Period, step: Step, mailbox_id: UUID | None = None) -> dict[date | None, Answers]:
    """Return the first answers of a period by the first day of each step, and all of them under None."""
    rows = EventLog(work).first_answers(period.first, period.until, step=step, mailbox_id=mailbox_id)
    return {day: Answers(row.count, row.median) for day, row in rows.items()}


def mailbox_answers(work: Work, period: Period, mailbox_ids: Collection[UUID]) -> dict[UUID, Answers]:
    """Return the first answers of a period by mailbox."""
    rows = EventLog(work).mailbox_first_answers(period.first, period.until, mailbox_ids)
    return {mailbox_id: Answers(row.count, row.median) for mailbox_id, row in rows.items()}


def divided(work: Work, kind: str, period: Period) -> Counter[str]:
    """Return how often an event happened in a period, by the value of the fact that divides it."""
    counts: Counter[str] = Counter()
    for row in EventLog(work).totals([kind], period.first, period.until, step="year"):
        counts[row.what] += row.count
    return counts


@dataclass(frozen=True, slots=True)
class Level:
    """A number of things that come and go, over a period: opening + added - removed = closing.

    Attributes:
        steps: Added and removed by the first day of each step.
        undated: How many of the current ones have no date in the event log. They count from the beginning.
    """

    opening: int
    added: int
    removed: int
    steps: Mapping[date, tuple[int, int]]
    undated: int

    @property
    def closing(self) -> int:
        """The number at the end of the last day."""
        return self.opening + self.added - self.removed


def level(work: Work, now: int, period: Period, more: Sequence[str], less: Sequence[str]) -> Level:
    """Return how a number has changed, calculated backwards from its current value.

    Args:
        work: The unit of work. Its actor may read the event log.
        now: The current number.
        period: The days.
        more: The kinds of events that add one.
        less: The kinds of events that subtract one.
    """
    added = removed = net = later = 0
    by_step: dict[date, tuple[int, int]] = {}
    for row in EventLog(work).totals([*more, *less], *ALWAYS):
        sign = 1 if row.kind in more else -1
        net += sign * row.count
        if row.day >= period.until:
            later += sign * row.count
        elif row.day >= period.first:
            plus, minus = (row.count, 0) if sign > 0 else (0, row.count)
            added, removed = added + plus, removed + minus
            first = start_of(row.day, period.step)
            before = by_step.get(first, (0, 0))
            by_step[first] = (before[0] + plus, before[1] + minus)
    return Level(now - later - added + removed, added, removed, by_step, now - net)
