"""Reading the event log by kind and time, and counting events by day, mailbox and a further division of each kind.

A job counts the days up to the entry in `counters`; later entries are counted on request, so a commit writes nothing
but its entry. The SQL function `counted_events` defines what an entry counts as.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal, TypeAlias
from uuid import UUID

from budkavle.model.errors import Forbidden
from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
from budkavle.storage.audit import Entry, parse_entry
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

BATCH = 20_000
"""Entries that are counted in one statement."""
Step: TypeAlias = Literal["day", "week", "month", "year"]
FIRST_ANSWER = "case.first-answer"
"""The kind that counts the first answer in a case, divided by the minutes it took, to two digits."""


class _Queries(QueryFile):
    list_entries: Statement
    list_about: Statement
    read_on: Statement
    last_number: Statement
    last_number_before: Statement
    find_uncounted: Statement
    lock_mark: Statement
    count_entries: Statement
    forget_days: Statement
    forget_day_totals: Statement
    forget_months: Statement
    reset_mark: Statement
    list_days: Statement
    list_totals: Statement
    list_mailbox_totals: Statement
    list_first_answers: Statement
    list_mailbox_first_answers: Statement


QUERIES = _Queries.load()


EventEntry: TypeAlias = Entry
"""A parsed entry of the event log: `number`, `at`, `kind`, the actor, `thing` and `facts`."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often something happened in one mailbox on one day.

    Attributes:
        day: The day, in Swedish time.
        kind: What happened, such as `message.sent`.
        mailbox_id: The mailbox; None if the entries name none.
        count: How often.
    """

    day: date
    kind: str
    mailbox_id: UUID | None
    count: int


@dataclass(frozen=True, slots=True)
class EventTotal:
    """How often something happened in a step of time.

    Attributes:
        day: The first day of the step, in Swedish time.
        kind: What happened, such as `message.sent`.
        what: The division of the kind; see `EventLog.totals`.
        count: How often.
    """

    day: date
    kind: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class MailboxTotal:
    """How often something happened in one mailbox.

    Attributes:
        mailbox_id: The mailbox.
        kind: What happened, such as `message.sent`.
        what: The division of the kind; see `EventLog.totals`.
        count: How often.
    """

    mailbox_id: UUID
    kind: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """First answers in cases that began with an incoming message.

    Attributes:
        count: How many.
        median: The minutes within which half of them came, to two digits.
    """

    count: int
    median: int


class EventLog:
    """Reads the event log of a unit of work's organisation, with everything committed when this object was made.

    Args:
        work: In the organisation of the log.

    Raises:
        Forbidden: The actor has no scope READ.

    Example:
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            sent = EventLog(work).days(["message.sent"], date(2026, 1, 1), date(2027, 1, 1))
    """

    def __init__(self, work: Work) -> None:
        if not work.actor.may(ActorScope.READ):
            raise Forbidden("{name} får inte läsa organisationens händelselogg.", name=work.actor.name)
        chain_log(work.platform.database, work.organisation_id)
        self._work = work

    def entries(
        self, kinds: Sequence[str], since: datetime, until: datetime, *, after: int = 0, limit: int = 500
    ) -> list[Entry]:
        """Return entries of some kinds, the earliest first.

        Args:
            kinds: Such as `["user.signed-in", "guest.identified"]`.
            since: Only what happened at this time or later.
            until: Only what happened before this time.
            after: Only entries with a higher number; pass the last one's to continue.
            limit: The most to return.
        """
        values = self._values(kinds, since, until) | {"after": after, "limit": limit}
        return [parse_entry(row.number, row.entry) for row in QUERIES.list_entries.all(self._work.connection, values)]

    def about(self, things: Collection[UUID], kinds: Sequence[str], *, after: int = 0, limit: int = 500) -> list[Entry]:
        """Return entries of some kinds about some things, the earliest first, at any time.

        Args:
            things: Such as cases.
            kinds: Such as `["case.viewed"]`.
            after: Only entries with a higher number; pass the last one's to continue.
            limit: The most to return.
        """
        values = {"organisation": self._work.organisation_id, "kinds": list(kinds), "after": after, "limit": limit}
        values["things"] = [str(thing) for thing in things]
        return [parse_entry(row.number, row.entry) for row in QUERIES.list_about.all(self._work.connection, values)]

    def read_on(self, after: int, limit: int = 500) -> list[Entry]:
        """Return the entries after a given one, of every kind, in the order of their numbers.

        Numbers have no gaps and are assigned once, after the commit: an entry committed later never has a lower number
        than one that was read. So a reader that stores the number of the last entry it has handled misses none.

        Args:
            after: The number of the last entry that has been handled; 0 begins at the first.
            limit: The most to return.
        """
        values = {"organisation": self._work.organisation_id, "after": after, "limit": limit}
        return [parse_entry(row.number, row.entry) for row in QUERIES.read_on.all(self._work.connection, values)]

    def last_number(self, before: datetime | None = None) -> int:
        """Return the number of the last entry, or of the last one before a given time; 0 if there is none."""
        values: dict[str, object] = {"organisation": self._work.organisation_id}
        query = QUERIES.last_number
        if before is not None:
            query, values = QUERIES.last_number_before, values | {"before": before}
        row = query.one(self._work.connection, values)
        number: int = row.number
        return number

    def days(self, kinds: Sequence[str], since: date, until: date) -> list[DayCount]:
        """Return how often things of some kinds happened, by day and mailbox, the earliest day first.

        Args:
            kinds: Such as `["message.sent", "message.received"]`.
            since: The first day.
            until: The day after the last one.
        """
        rows = QUERIES.list_days.all(self._work.connection, self._values(kinds, since, until))
        return [DayCount(row.day, row.kind, row.mailbox_id, row.number) for row in rows]

    def totals(
        self,
        kinds: Sequence[str],
        since: date,
        until: date,
        *,
        step: Step = "day",
        mailbox_id: UUID | None = None,
    ) -> list[EventTotal]:
        """Return how often things of some kinds happened, by step of time and division of the kind.

        Messages are divided by transport (`message.sent`, `message.received`, `message.undone`), sign-ins by provider
        (`user.signed-in`), identifications by method (`guest.identified`), and `case.first-answer`, which counts the
        first answers in cases that began with an incoming message, by minutes to two digits. Entries of every other
        kind are divided by their fact `what`, if they have one.

        Args:
            kinds: Such as `["message.sent", "message.received"]`.
            since: The first day.
            until: The day after the last one.
            step: By day, week (from Monday), month or year. The first step may begin before `since`, but counts from
                `since`.
            mailbox_id: Counts only this mailbox; None counts the whole organisation.

        Returns:
            The totals, the earliest first; zeros are left out.
        """
        values = self._values(kinds, since, until) | {"step": step, "mailbox": mailbox_id}
        rows = QUERIES.list_totals.all(self._work.connection, values)
        return [EventTotal(row.day, row.kind, row.what, row.number) for row in rows]

    def mailbox_totals(
        self, kinds: Sequence[str], since: date, until: date, mailbox_ids: Collection[UUID]
    ) -> list[MailboxTotal]:
        """Return how often things of some kinds happened in some mailboxes, divided as by `totals`.

        Args:
            kinds: Such as `["message.sent", "message.received"]`.
            since: The first day.
            until: The day after the last one.
            mailbox_ids: The mailboxes.

        Returns:
            The totals by mailbox; zeros are left out.
        """
        values = self._mailbox_values(kinds, since, until, mailbox_ids)
        rows = QUERIES.list_mailbox_totals.all(self._work.connection, values)
        return [MailboxTotal(row.mailbox_id, row.kind, row.what, row.number) for row in rows]

    def first_answers(
        self, since: date, until: date, *, step: Step = "day", mailbox_id: UUID | None = None
    ) -> dict[date | None, FirstAnswers]:
        """Return how many first answers there were, and the median of their times, by step of time.

        Args:
            since: The first day.
            until: The day after the last one.
            step: As for `totals`.
            mailbox_id: Counts only this mailbox; None counts the whole organisation.

        Returns:
            The answers by the first day of each step, and for all steps together under None; a step without any is
            left out.
        """
        values = self._values([FIRST_ANSWER], since, until) | {"step": step, "mailbox": mailbox_id}
        rows = QUERIES.list_first_answers.all(self._work.connection, values)
        return {row.day: FirstAnswers(row.number, row.median) for row in rows}

    def mailbox_first_answers(
        self, since: date, until: date, mailbox_ids: Collection[UUID]
    ) -> dict[UUID, FirstAnswers]:
        """Return how many first answers there were, and the median of their times, by mailbox.

        Args:
            since: The first day.
            until: The day after the last one.
            mailbox_ids: The mailboxes; those without any are left out.
        """
        values = self._mailbox_values([FIRST_ANSWER], since, until, mailbox_ids)
        rows = QUERIES.list_mailbox_first_answers.all(self._work.connection, values)
        return {row.mailbox_id: FirstAnswers(row.number, row.median) for row in rows}

    def recount(self) -> None:
        """Delete the counts, and count the whole log again.

        Other readers get the former counts until the unit of work ends.

        Raises:
            Forbidden: The actor has no scope ADMINISTER.
        """
        if not self._work.actor.may(ActorScope.ADMINISTER):
            raise Forbidden("{name} får inte räkna om organisationens händelselogg.", name=self._work.actor.name)
        values = {"organisation": self._work.organisation_id}
        for query in (QUERIES.lock_mark, QUERIES.forget_days, QUERIES.forget_day_totals, QUERIES.forget_months):
            query.enqueue(self._work.connection, values)
        QUERIES.reset_mark.enqueue(self._work.connection, values)
        while _count_batch(self._work) == BATCH:
            pass

    def _values(self, kinds: Sequence[str], since: date, until: date) -> dict[str, object]:
        return {"organisation": self._work.organisation_id, "kinds": list(kinds), "since": since, "until": until}

    def _mailbox_values(
        self, kinds: Sequence[str], since: date, until: date, mailbox_ids: Collection[UUID]
    ) -> dict[str, object]:
        first, after = _whole_months(since, until)
        values = self._values(kinds, since, until)
        return values | {"mailboxes": list(mailbox_ids), "first_month": first, "after_months": after}


def _whole_months(since: date, until: date) -> tuple[date, date]:
    """Return the first day of the whole months in a span, and the day after them; both `until` if there are none."""
    first = since if since.day == 1 else (since.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = until.replace(day=1)
    return (first, after) if first < after else (until, until)


def count_days(platform: Platform) -> int:
    """Count the new entries of every organisation's log into its days; a job.

    Returns:
        0: all are counted, and entries that come meanwhile wait for the next run. Otherwise the job would never pause
        in a busy installation.
    """
    return platform.in_each_organisation(partial(_count, platform))


def _count(platform: Platform, organisation_id: UUID) -> int:
    chain_log(platform.database, organisation_id)
    counted = BATCH
    while counted == BATCH:
        with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            values = {"organisation": organisation_id}
            if QUERIES.find_uncounted.one_or_none(work.connection, values) is None:
                return 0
            # Locked first: a concurrent counter waits, and then continues where this transaction ended.
            QUERIES.lock_mark.enqueue(work.connection, values)
            counted = _count_batch(work)
    return 0


def _count_batch(work: Work) -> int:
    values = {"organisation": work.organisation_id, "batch": BATCH}
    number: int = QUERIES.count_entries.one(work.connection, values).number
    return number
