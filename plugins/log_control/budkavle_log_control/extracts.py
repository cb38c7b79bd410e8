"""Who has opened a case, in words for citizens: at which unit, when, and what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from budkavle import Actor, Host, Invalid, as_uuid, record
from budkavle.accounts import read_settings
from budkavle.cases import search_cases
from budkavle.storage import EventEntry, EventLog
from budkavle_log_control.access import N_, REVIEWERS, reader
from budkavle_log_control.accesses import mailbox_of
from budkavle_log_control.reviews import mailbox_names
from budkavle_log_control.settings import NAME, LogControlSettings

MOST_CASES = 50
MOST_ROWS = 5_000
WORDS = {
    "case.viewed": N_("Läste ärendet"),
    "case.printed": N_("Skrev ut ärendet"),
    "case.taken": N_("Började handlägga ärendet"),
    "case.taken-over": N_("Tog över ärendet från en kollega"),
    "case.released": N_("Lämnade ifrån sig ärendet"),
    "case.answered": N_("Skickade ett meddelande i ärendet"),
    "case.closed": N_("Avslutade ärendet"),
    "case.reopened": N_("Öppnade ärendet igen"),
    "case.binned": N_("Lade ärendet i papperskorgen"),
    "case.restored": N_("Tog tillbaka ärendet ur papperskorgen"),
    "disclosure.case-read": N_("Läste ärendet för att pröva om uppgifter kan lämnas ut"),
    "log_control.case-read": N_("Läste ärendets ämne för att kontrollera vem som öppnat det"),
}
"""Descriptions by kind of entry; other kinds say nothing about who has seen the case."""
STAFF = N_("Handläggare")
NO_UNIT = N_("En personlig inkorg")


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case that can be chosen; without its subject."""

    id: UUID
    number: str
    unit: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """An act on a case.

    Attributes:
        unit: The mailbox; a translation key if it is not one of the organisation's function mailboxes.
        who: A name, or a translation key.
        what: A translation key.
    """

    at: datetime
    number: str
    unit: str
    who: str
    what: str


def find_cases(host: Host, actor: Actor, words: str) -> list[CaseHit]:
    """Return the cases that match a number or words, by the blind index; the event log records the search.

    Args:
        host: The plugin's host.
        actor: A reviewer.
        words: A case's number, or a person's number or name.

    Raises:
        Forbidden: The actor is not a reviewer.
        Invalid: There are no words.
    """
    REVIEWERS.require(host.platform, actor)
    with host.work(reader(host, actor)) as work:
        cases = search_cases(work, words, limit=MOST_CASES)
        units = mailbox_names(work)
        record(work, "log_control.searched", None, actor, cases=len(cases))
    return [CaseHit(case.id, case.number, units.get(case.mailbox_id, NO_UNIT), case.opened_at) for case in cases]


def extract(host: Host, actor: Actor, words: str, case_ids: Sequence[UUID]) -> list[ExtractRow]:
    """Return who did what in some cases, the earliest first.

    Args:
        host: The plugin's host.
        actor: A reviewer.
        words: The words that found the cases; only matching cases can be chosen.
        case_ids: The cases.

    Raises:
        Forbidden: The actor is not a reviewer.
        Invalid: No case is chosen.
    """
    hits = {hit.id: hit for hit in find_cases(host, actor, words)}
    chosen = [case_id for case_id in case_ids if case_id in hits]
    if not chosen:
        raise Invalid("Inget utdrag gjordes.", fields={"cases": "Markera minst ett ärende."})
    with host.work(reader(host, actor)) as work:
        names_shown = read_settings(work, LogControlSettings).names == NAME
        entries = EventLog(work).about(chosen, list(WORDS), limit=MOST_ROWS)
        rows = [_row(entry, hits, mailbox_names(work), names_shown=names_shown) for entry in entries]
        for case_id in chosen:
            record(work, "log_control.extract-made", case_id, actor)
    return rows


def _row(
    entry: EventEntry, hits: Mapping[UUID, CaseHit], units: Mapping[UUID, str], *, names_shown: bool
) -> ExtractRow:
    case_id, mailbox_id = as_uuid(entry.thing or ""), mailbox_of(entry)
    hit = hits[case_id] if case_id else None
    unit = units.get(mailbox_id) if mailbox_id else None
    return ExtractRow(
        at=entry.at,
        number=hit.number if hit else "",
        unit=unit or (hit.unit if hit else NO_UNIT),
        who=entry.actor if names_shown else STAFF,
        what=WORDS[entry.kind],
    )
