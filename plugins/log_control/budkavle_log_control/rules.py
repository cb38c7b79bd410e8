"""The rules for openings, based on times, numbers and keyed hashes of words; no content is opened."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from budkavle import Work
from budkavle.cases import cases_with_words
from budkavle_log_control.access import N_
from budkavle_log_control.accesses import ZONE, Access
from budkavle_log_control.settings import LogControlSettings

SAMPLE, RELATIVES, OWN, PROTECTED = "sample", "relatives", "own", "protected"
MANY, HOURS, UNUSUAL = "many", "hours", "unusual"
REASONS = {
    SAMPLE: N_("Slumpvist stickprov"),
    RELATIVES: N_("Samma efternamn"),
    OWN: N_("Eget ärende"),
    PROTECTED: N_("Skyddat ärende"),
    MANY: N_("Många ärenden på kort tid"),
    HOURS: N_("Utanför arbetstid"),
    UNUSUAL: N_("Ovan brevlåda, utan åtgärd"),
}
SHORTEST_NAME = 3
SATURDAY = 5
Hits = dict[str, list[Access]]
"""Openings by the reason for selecting them."""


def by_time(accesses: Iterable[Access], settings: LogControlSettings) -> list[Access]:
    """Return the openings outside working hours."""

    def outside(access: Access) -> bool:
        local = access.at.astimezone(ZONE)
        return local.weekday() >= SATURDAY or not settings.day_from <= local.hour < settings.day_to

    return [access for access in accesses if outside(access)]


def by_number(accesses: Sequence[Access], before: Sequence[Access], settings: LogControlSettings) -> list[Access]:
    """Return the openings by which somebody reached many different cases in a short time.

    Args:
        accesses: The openings to check, in order of time.
        before: Earlier openings, which also count.
        settings: How many, and in how short a time.

    Returns:
        The opening that reached the limit, once each time: again only after the number has fallen below it.
    """
    span, hits = timedelta(minutes=settings.many_minutes), []
    recent: defaultdict[UUID, deque[Access]] = defaultdict(deque)
    was_full: dict[UUID, bool] = {}
    judged = {access.number for access in accesses}
    for access in sorted([*before, *accesses], key=lambda each: (each.at, each.number)):
        window = recent[access.reader_id]
        window.append(access)
        while access.at - window[0].at > span:
            window.popleft()
        full = len({each.case_id for each in window}) >= settings.many
        if full and not was_full.get(access.reader_id) and access.number in judged:
            hits.append(access)
        was_full[access.reader_id] = full
    return hits


def by_names(
    work: Work, accesses: Sequence[Access], mailbox_ids: Collection[UUID], names: Mapping[UUID, str]
) -> tuple[list[Access], list[Access]]:
    """Return the openings of cases that contain the reader's surname, and those that contain their whole name.

    The blind index is used; it covers subjects, names and references of function mailboxes' cases.

    Args:
        work: A unit of work in the organisation, with the scope READ.
        accesses: The openings.
        mailbox_ids: The function mailboxes.
        names: The readers' names.
    """
    by_reader: defaultdict[UUID, list[Access]] = defaultdict(list)
    for access in accesses:
        if access.mailbox_id in mailbox_ids:
            by_reader[access.reader_id].append(access)
    relatives: list[Access] = []
    own_cases: list[Access] = []
    for reader_id, read in by_reader.items():
        name = names.get(reader_id, read[0].reader)
        surname = name.split()[-1] if len(name.split()) > 1 else ""
        if len(surname) < SHORTEST_NAME:
            continue
        places = {access.mailbox_id for access in read if access.mailbox_id}
        same = cases_with_words(work, places, {access.case_id for access in read}, surname)
        whole = cases_with_words(work, places, same, name)
        relatives += [access for access in read if access.case_id in same - whole]
        own_cases += [access for access in read if access.case_id in whole]
    return relatives, own_cases


def by_habit(accesses: Iterable[Access], usual: Collection[tuple[UUID, UUID]]) -> list[Access]:
    """Return the openings in mailboxes where the reader has not worked for long, nor at this opening.

    Args:
        accesses: The openings.
        usual: Readers, and the mailboxes where they have worked lately.
    """
    return [access for access in accesses if access.mailbox_id and (access.reader_id, access.mailbox_id) not in usual]
