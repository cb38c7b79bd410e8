"""The filter of the event log: the fields of the form, and their meaning."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import case, or_, select

from budkavle.model.times import ZONE, read_day
from budkavle.storage.events.search import EventFilter, related_things
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, users
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.event_texts import GROUPS, kinds_of

FIELDS = ("since", "until", "kind", "person", "mailbox", "thing", "session_mark", "address_mark")
MOST = 10
"""The most people or mailboxes that one field may match."""
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_DATE = N_("Skriv datumet som 2026-11-27.")
_BACKWARDS = N_("Till ska vara samma dag som Från eller senare.")
_NOBODY = N_("Ingen heter så, och ingen har den e-postadressen. Kontrollera stavningen.")
_NO_MAILBOX = N_("Ingen funktionsbrevlåda heter så. Kontrollera stavningen.")
_MANY = N_("Fler än tio stämmer med det du skrev. Skriv mer.")
_NO_MARK = N_("Klicka på märket vid en händelse, eller skriv minst åtta av dess tecken.")
_NO_PERIOD = N_("Ange Från och Till, högst 31 dagar, när du söker på session eller nätverksadress.")
_MARK = re.compile(r"[0-9a-f]{8,16}", re.ASCII)
LONGEST = timedelta(days=31)
"""The longest period searched for a mark of session or address, which has no index."""
_NO_THING = N_("Klistra in ärendets adress, eller ett ärendes eller meddelandes id.")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Match:
    """A person or a mailbox that matches a field."""

    id: UUID
    name: str
    detail: str = ""


@dataclass(slots=True)
class Question:
    """The parsed filter.

    Attributes:
        values: The fields of the form.
        errors: A sentence for each invalid field.
        event_filter: The filter for the entries.
        people: The people who match the field for a person, if more than one.
        mailboxes: The mailboxes that match the field, if more than one.
    """

    values: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    event_filter: EventFilter = field(default_factory=EventFilter)
    people: Sequence[Match] = ()
    mailboxes: Sequence[Match] = ()

    @property
    def facts(self) -> dict[str, str]:
        """The filter as an export records it: the filled-in fields, with people and mailboxes by id only."""
        noted = {name: self.values[name] for name in ("since", "until", "kind") if self.values.get(name)}
        noted |= {"thing_id": self.event_filter.things[0]} if self.event_filter.things else {}
        people, boxes = self.event_filter.people, self.event_filter.mailboxes
        noted |= {"user": ", ".join(map(str, people))} if people else {}
        noted |= {"mailbox": ", ".join(map(str, boxes))} if boxes else {}
        marks = (("session_mark", self.event_filter.session), ("address_mark", self.event_filter.address))
        return noted | {name: mark for name, mark in marks if mark}


def understand(work: Work, values: Mapping[str, str], kinds: Mapping[str, str]) -> Question:
    """Parse the fields of the form.

    Args:
        work: A unit of work in the organisation of the log.
        values: The fields of `FIELDS`; a missing one is empty.
        kinds: The kinds that plugins have texts for.
    """
    question = Question(values)
    since, until = (_day(question, name) for name in ("since", "until"))
    if since and until and until < since:
        question.errors["until"] = _BACKWARDS
    session, address = (_mark(question, name) for name in ("session_mark", "address_mark"))
    if (session or address) and not question.errors and not (since and until and until - since < LONGEST):
        question.errors["since"] = _NO_PERIOD
    group = values.get("kind", "")
    question.event_filter = EventFilter(
        since=_midnight(since),
        until=_midnight(until + DAY) if until else None,
        people=_people(work, question),
        kinds=kinds_of(group, kinds) if group in GROUPS else None,
        mailboxes=_mailboxes(work, question),
        things=_things(work, question),
        session=session,
        address=address,
    )
    return question


def _day(question: Question, name: str) -> date | None:
    text = question.values.get(name, "")
    if not text:
        return None
    day = read_day(text)
    if day is None:
        question.errors[name] = _NO_DATE
    return day


def _mark(question: Question, name: str) -> str:
    text = question.values.get(name, "").lower()
    if text and not _MARK.fullmatch(text):
        question.errors[name] = _NO_MARK
    return text


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZONE) if day else None


def _people(work: Work, question: Question) -> list[UUID] | None:
    """Return the ids of people whose name or address contains all the words, also if their account is closed."""
    words = question.values.get("person", "")
    if not words:
        return None
    if _ID.fullmatch(words):
        return [UUID(words)]
    shown = case((users.c.destroyed_at.is_(None), users.c.email), else_="").label("email")
    query = select(users.c.id, users.c.name, shown).where(users.c.organisation_id == work.organisation_id)
    if "@" in words:  # a full address has an index
        row = work.connection.execute(query.where(users.c.email == words.lower())).one_or_none()
        if row:
            return [row.id]
    for word in words.split():
        fits = (column.icontains(word, autoescape=True) for column in (users.c.name, users.c.email))
        query = query.where(or_(*fits))
    rows = work.connection.execute(query.order_by(users.c.name, users.c.id).limit(MOST + 1)).all()
    matches = [Match(row.id, row.name, row.email) for row in rows]
    question.people = matches if 1 < len(matches) <= MOST else ()
    return _ids(question, "person", matches, _NOBODY)


def _mailboxes(work: Work, question: Question) -> list[UUID] | None:
    """Return the ids of function mailboxes whose name contains the words, also if they are deleted."""
    words = question.values.get("mailbox", "")
    if not words:
        return None
    if _ID.fullmatch(words):
        return [UUID(words)]
    query = select(mailboxes.c.id, mailboxes.c.name).where(
        mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.owner_id.is_(None)
    )
    for word in words.split():
        query = query.where(mailboxes.c.name.icontains(word, autoescape=True))
    rows = work.connection.execute(query.order_by(mailboxes.c.name, mailboxes.c.id).limit(MOST + 1)).all()
    matches = [Match(row.id, row.name) for row in rows]
    exact = [match for match in matches if match.name.casefold() == words.casefold()]
    matches = exact or matches
    question.mailboxes = matches if 1 < len(matches) <= MOST else ()
    return _ids(question, "mailbox", matches, _NO_MAILBOX)


def _ids(question: Question, name: str, matches: Sequence[Match], nothing: str) -> list[UUID]:
    if not matches:
        question.errors[name] = nothing
    if len(matches) > MOST:
        question.errors[name] = _MANY
    return [match.id for match in matches[:MOST]]


def _things(work: Work, question: Question) -> list[str] | None:
    text = question.values.get("thing", "")
    if not text:
        return None
    identifier = _ID.search(text.lower())
    if identifier is None:
        question.errors["thing"] = _NO_THING
        return []
    return related_things(work, UUID(identifier.group()))
