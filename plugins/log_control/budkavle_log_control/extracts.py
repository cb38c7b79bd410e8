"""Who has opened a case, in words that a citizen understands: at which unit, when, and what was done."""

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
"""What somebody did, by kind of entry; others than these say nothing about who has seen the case."""
STAFF = N_("Handläggare")
NO_UNIT = N_("En personlig inkorg")


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case that can be chosen; its subject is not shown."""

    id: UUID
    number: str
    unit: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """Something that somebody did.

    Attributes:
        unit: The mailbox; a key of translation where it is none of the organisation's function mailboxes.
        who: A name, or a key of translation.
        what: A key of translation.
    """

    at: datetime
    number: str
    unit: str
    who: str
    what: str


def find_cases(host: Host, actor: Actor, words: str) -> list[CaseHit]:
    """Return the cases that have a number or words, found by the blind index; the event log notes that it was asked.

    Args:
        host: The plugin's host.
        actor: Somebody who reviews.
        words: A case's number, or a person's number or name.

    Raises:
        Forbidden: The actor does not review.
        Invalid: There is no word.
    """
    REVIEWERS.require(host.platform, actor)
    with host.work(reader(host, actor)) as work:
        cases = search_cases(work, words, limit=MOST_CASES)
        units = mailbox_names(work)
        record(work, "log_control.searched", None, actor, cases=len(cases))
    return [CaseHit(case.id, case.number, units.get(case.mailbox_id, NO_UNIT), case.opened_at) for case in cases]


def extract(host: Host, actor: Actor, words: str, case_ids: Sequence[UUID]) -> list[ExtractRow]:
    """Return who has done what in some cases, the earliest first.

    Args:
        host: The plugin's host.
        actor: Somebody who reviews.
        words: By what the cases were found; only those that have it can be chosen.
        case_ids: The cases.

    Raises:
        Forbidden: The actor does not review.
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
