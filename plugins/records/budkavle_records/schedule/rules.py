"""Rules that give a case its kind when a message arrives: by mailbox, channel, sender, or a word in the subject.

The first matching rule decides, and a kind chosen by a user is never changed. The words of the subject are compared in
memory when the message is checked: nothing of it is stored. A job continues reading the event log from where it
stopped, so no message is missed.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import ActorScope, Conflict, Host, IncomingState, Invalid, Message, NotFound, Work, as_uuid, record
from budkavle.accounts import find_mailbox, require_admin
from budkavle.cases import list_case_times
from budkavle.messaging import existing_messages, find_messages
from budkavle.storage import EventEntry, EventLog, LogPlaces, LogReader
from budkavle_records.frame import N_
from budkavle_records.schedule.assignment import cases_with_kind, set_kind_by_rule
from budkavle_records.schedule.kinds import kinds_by_id
from budkavle_records.schedule.tables import marks, rules

MOST_RULES = 200
TRIED = 500
"""How many cases are checked when the rules are tried."""
BATCH = 200
"""How many entries of the event log are handled in one transaction."""
LONGEST = 200
PLACES = LogPlaces(marks, "entry_number")
ARRIVED = "message.received"
GONE = IncomingState.DELETED
NO_RULE = N_("Regeln finns inte.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; an empty condition matches everything.

    Attributes:
        mailbox_id: The mailbox of the message.
        channel: The transport that the message came by.
        sender: The name or the identifier of the sender's organisation.
        word: A word in the subject.
        kind_id: The kind given to the case.
    """

    id: UUID
    position: int
    mailbox_id: UUID | None
    channel: str
    sender: str
    word: str
    kind_id: UUID

    def fits(self, message: Message) -> bool:
        """Tell whether an incoming message matches the rule."""
        senders = {message.sender.organisation.casefold(), message.sender.organisation_value.casefold()}
        return (
            self.mailbox_id in {None, message.mailbox_id}
            and self.channel in {"", message.transport}
            and (not self.sender or self.sender.casefold() in senders)
            and (not self.word or self.word.casefold() in re.findall(r"\w+", message.subject.casefold()))
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would match among the existing cases.

    Attributes:
        hits: How many of the cases would get its kind.
        numbers: The numbers of some of them.
    """

    rule: Rule
    hits: int
    numbers: Sequence[str]


def list_rules(host: Host, work: Work) -> list[Rule]:
    """Return the rules in the order in which they are applied."""
    query = select(rules).where(rules.c.organisation_id == work.organisation_id).order_by(rules.c.position)
    with host.tables(work) as connection:
        return [_rule(row) for row in connection.execute(query)]


def add_rule(host: Host, work: Work, typed: Rule) -> None:
    """Add a rule at the end.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        typed: The rule; it gets a new ID and position.

    Raises:
        Invalid: It has no condition, a text is too long or is not a single word, or its mailbox, channel or kind does
            not exist.
        Conflict: There are too many rules.
    """
    require_admin(work.actor)
    _check(host, work, typed)
    rule_id = uuid4()
    with host.tables(work) as connection:
        mine = rules.c.organisation_id == work.organisation_id
        last = connection.execute(select(func.max(rules.c.position), func.count()).where(mine)).one()
        if last[1] >= MOST_RULES:
            raise Conflict("Det finns redan {count} regler. Ta bort en först.", count=MOST_RULES)
        row = {
            "organisation_id": work.organisation_id,
            "id": rule_id,
            "position": (last[0] or 0) + 1,
            "mailbox_id": typed.mailbox_id,
            "channel": typed.channel,
            "sender": typed.sender,
            "word": typed.word,
            "kind_id": typed.kind_id,
            "made_at": datetime.now(UTC),
            "made_by": work.actor.name,
        }
        connection.execute(insert(rules).values(row))
    _begin(host, work)
    record(work, "records.rule-added", rule_id)


def remove_rule(host: Host, work: Work, rule_id: UUID) -> None:
    """Remove a rule; the cases keep the kinds that it gave them.

    Raises:
        NotFound: There is no such rule.
    """
    require_admin(work.actor)
    with host.tables(work) as connection:
        where = (rules.c.organisation_id == work.organisation_id, rules.c.id == rule_id)
        if not connection.execute(delete(rules).where(*where)).rowcount:
            raise NotFound(NO_RULE)
    record(work, "records.rule-removed", rule_id)


def move_rule_up(host: Host, work: Work, rule_id: UUID) -> None:
    """Move a rule before the one above it.

    Raises:
        NotFound: There is no such rule.
    """
    require_admin(work.actor)
    every = list_rules(host, work)
    place = next((place for place, rule in enumerate(every) if rule.id == rule_id), None)
    if place is None:
        raise NotFound(NO_RULE)
    if place == 0:
        return
    above, moved = every[place - 1], every[place]
    with host.tables(work) as connection:
        for rule, position in ((above, moved.position), (moved, above.position)):
            where = (rules.c.organisation_id == work.organisation_id, rules.c.id == rule.id)
            connection.execute(update(rules).where(*where).values(position=position))
    record(work, "records.rule-moved", rule_id)


def try_rules(host: Host, organisation_id: UUID) -> list[Tried]:
    """Return what each rule would match among the cases that have not been given a kind; nothing is changed."""
    with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        every = list_rules(host, work)
        cases = list_case_times(work, limit=TRIED)
        taken = cases_with_kind(host, work, [times.id for times in cases])
        first = {times.received_ids[0]: times.number for times in cases if times.received_ids and times.id not in taken}
        messages = find_messages(work, list(first)) if first else []
    hit: dict[UUID, list[str]] = {rule.id: [] for rule in every}
    for message in messages:
        rule = next((rule for rule in every if rule.fits(message)), None)
        if rule is not None:
            hit[rule.id].append(first[message.id])
    return [Tried(rule, len(hit[rule.id]), hit[rule.id][:5]) for rule in every]


def apply_again(host: Host, work: Work) -> None:
    """Apply the rules also to everything received earlier; the job does it."""
    require_admin(work.actor)
    with host.tables(work) as connection:
        connection.execute(update(marks).where(marks.c.organisation_id == work.organisation_id).values(entry_number=0))
    record(work, "records.rules-applied")


def judge_arrivals(host: Host) -> int:
    """Apply the rules to what has arrived since the last time, and return how many entries were read; run as a job."""

    def open_work(organisation_id: UUID) -> AbstractContextManager[Work]:
        return host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED))

    def judge(work: Work, entries: Sequence[EventEntry]) -> int:
        arrived = [as_uuid(str(entry.thing)) for entry in entries if entry.kind == ARRIVED]
        _judge_messages(host, work, list_rules(host, work), arrived)
        return len(entries)

    reader = LogReader(PLACES, open_work, host.tables, BATCH)

    def read(organisation_id: UUID) -> int:
        with host.work(host.system(organisation_id)) as work:
            has_rules = bool(list_rules(host, work))
        return reader.read(organisation_id, judge) if has_rules else 0  # without rules, the log is not read

    return host.platform.in_each_organisation(read, paused=False)


def judge_message(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """Apply the rules to a message that can be read now, including one that was held when the job passed it."""
    with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        if every := list_rules(host, work):
            _judge_messages(host, work, every, [message_id])


def _judge_messages(host: Host, work: Work, every: Sequence[Rule], message_ids: Sequence[UUID | None]) -> None:
    """Apply the rules to messages, except those that are held or destroyed."""
    chosen_ids = {message_id for message_id in message_ids if message_id is not None}
    alive = existing_messages(work, chosen_ids) if chosen_ids else set()
    if alive:
        _give_kinds(host, work, every, [message for message in find_messages(work, alive) if message.state != GONE])


def _give_kinds(host: Host, work: Work, every: Sequence[Rule], messages: Sequence[Message]) -> None:
    kinds = kinds_by_id(host, work)
    taken = cases_with_kind(host, work, [message.case_id for message in messages])
    for message in messages:
        rule = next((rule for rule in every if rule.fits(message) and rule.kind_id in kinds), None)
        if rule is not None and message.case_id not in taken:
            set_kind_by_rule(host, work, message.case_id, kinds[rule.kind_id], rule.id)
            taken.add(message.case_id)


def _begin(host: Host, work: Work) -> None:
    """Make the job start at the end of the log, if it has not started yet."""
    with host.work(host.system(work.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as reader:
        last = EventLog(reader).last_number()
    with host.tables(work) as connection:
        begun = upsert(marks).values(organisation_id=work.organisation_id, entry_number=last)
        connection.execute(begun.on_conflict_do_nothing())


def _check(host: Host, work: Work, rule: Rule) -> None:
    if not (rule.mailbox_id or rule.channel or rule.sender or rule.word):
        raise Invalid("Regeln är tom.", fields={"mailbox": N_("Välj minst en sak som ska stämma.")})
    if len(rule.sender) > LONGEST:
        raise Invalid("Regeln är fel.", fields={"sender": N_("Namnet får ha högst 200 tecken.")})
    if len(rule.word) > LONGEST or len(re.findall(r"\w+", rule.word)) != bool(rule.word):
        raise Invalid("Regeln är fel.", fields={"word": N_("Skriv ett enda ord.")})
    if rule.mailbox_id is not None and not _exists(work, rule.mailbox_id):
        raise Invalid("Regeln är fel.", fields={"mailbox": N_("Brevlådan finns inte längre. Välj en annan.")})
    if rule.channel and rule.channel not in work.platform.plugins.transports:
        raise Invalid("Regeln är fel.", fields={"channel": N_("Kanalen finns inte längre. Välj en annan.")})
    if rule.kind_id not in kinds_by_id(host, work):
        raise Invalid("Regeln är fel.", fields={"kind": N_("Handlingstypen finns inte längre. Välj en annan.")})


def _exists(work: Work, mailbox_id: UUID) -> bool:
    try:
        find_mailbox(work, mailbox_id)
    except NotFound:
        return False
    return True


def _rule(row: Any) -> Rule:
    return Rule(row.id, row.position, row.mailbox_id, row.channel, row.sender, row.word, row.kind_id)
