"""Searches for a person: cases by the blind index, address books and accounts, in several spellings."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from budkavle import Actor, ActorScope, Conflict, Host, Invalid, MailboxKind, Work, call, record
from budkavle.accounts import all_mailboxes, search_users
from budkavle.cases import readable_mailboxes, search_everything
from budkavle.messaging import read_case, search_texts
from budkavle.storage import EventLog
from budkavle_disclosure.access import searcher_of_all
from budkavle_disclosure.requests import CLOSED, as_request, keep_texts
from budkavle_disclosure.selection import Contact, Person
from budkavle_disclosure.tables import requests

MOST_CASES = 200
"""The most cases for one spelling; a person with more is searched for by a number instead of a name."""
MOST_ENTRIES = 20
PAGE, PAGES = 100, 50
"""How many messages' texts are read in one transaction, and how many transactions one run of the job makes."""
MOST_OPENINGS = 5_000
OPENINGS = ("case.viewed", "disclosure.case-read", "log_control.case-read")
"""The kinds of log entries that record that somebody has read a case."""
NOW_RESTRICTED = (
    "Ärende {number} är begränsat till utvalda personer och kan inte lämnas ut härifrån. Be en administratör att häva "
    "begränsningen, under Min organisation och Begränsade ärenden. Eller ta bort ärendet ur urvalet."
)
_NUMBER = re.compile(r"(\d{2})?(\d{6})[-+]?(\d{4})")


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that contains one of the spellings.

    Attributes:
        spellings: The spellings that it contains.
    """

    id: UUID
    number: str
    subject: str
    counterpart: str
    mailbox_id: UUID
    opened_at: datetime
    confidential: bool
    is_binned: bool
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestrictedCase:
    """A case that contains a spelling, and that only named users may read."""

    number: str
    mailbox_id: UUID


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found; somebody at the desk decides what belongs to the person.

    Attributes:
        full: Spellings found in so many cases that some cases are left out.
        restricted: Cases that only named users may read: only the fact that they exist.
    """

    cases: list[FoundCase]
    accounts: list[Any]
    contacts: list[Contact]
    full: tuple[str, ...]
    restricted: tuple[RestrictedCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """An occasion when somebody read a case: when and in which mailbox, but not who."""

    at: datetime
    case_id: UUID
    mailbox_id: str


def spellings(person: Person) -> list[str]:
    """Return every way in which a person's details may be written; each one is searched for separately."""
    texts = [person.name, person.email, person.organisation, *person.spellings]
    texts += _numbers(person.personnummer) + _phones(person.phone)
    return list(dict.fromkeys(text.strip() for text in texts if len(text.strip()) > 1))


def find_hits(
    host: Host, actor: Actor, person: Person, request_id: UUID, texts: Mapping[str, Collection[UUID]] | None = None
) -> Hits:
    """Search for a person in cases, accounts and address books; the event log records that, without content.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk, as checked by `DESK.require`.
        person: The person to search for.
        request_id: The request that the search is for.
        texts: Cases with a spelling in their texts, by spelling.
    """
    cases: dict[UUID, FoundCase] = {}
    restricted: dict[UUID, RestrictedCase] = {}
    full: list[str] = []
    with host.work(searcher_of_all(host, actor)) as work:
        for spelling in spellings(person):
            matches = _search(work, spelling, (texts or {}).get(spelling, ()))
            full += [spelling] if len(matches) == MOST_CASES else []
            for case in matches:
                if case.restricted:
                    restricted[case.id] = RestrictedCase(case.number, case.mailbox_id)
                    continue
                before = cases[case.id].spellings if case.id in cases else ()
                cases[case.id] = _found(case, (*before, spelling))
        words = [word for word in (person.email, person.name) if word]
        accounts = {user.id: user for word in words for user in search_users(work, word)}
        record(work, "disclosure.searched", request_id, actor, cases=len(cases))
    contacts = {contact.key: contact for contact in _contacts(host, actor, [*words, person.phone])}
    ordered = sorted(cases.values(), key=lambda case: case.opened_at, reverse=True)
    hidden = tuple(sorted(restricted.values(), key=lambda case: case.number))
    return Hits(ordered, list(accounts.values()), list(contacts.values()), tuple(full), hidden)


def read_cases(host: Host, actor: Actor, case_ids: Iterable[UUID]) -> list[Any]:
    """Return cases with their threads; the event log records each one as read.

    Raises:
        Conflict: A case has been restricted to named users since it was selected.
    """
    views = []
    with host.work(searcher_of_all(host, actor)) as work:
        for case_id in case_ids:
            view = read_case(work, case_id, opens=False)
            if view.case.restricted:
                raise Conflict(NOW_RESTRICTED, number=view.case.number)
            protected = view.case.loa > 0 or view.case.confidential
            mailbox = str(view.case.mailbox_id)
            record(work, "disclosure.case-read", case_id, actor, mailbox=mailbox, protected=protected)
            views.append(view)
    return views


def openings(work: Work, case_ids: Iterable[UUID]) -> list[Opening]:
    """Return when cases were read, the earliest first."""
    entries = EventLog(work).about(list(case_ids), OPENINGS, limit=MOST_OPENINGS)
    return [
        Opening(entry.at, UUID(entry.thing), str(entry.facts.get("mailbox") or "")) for entry in entries if entry.thing
    ]


def mailbox_names(work: Work) -> dict[UUID, str]:
    """Return the names of function mailboxes, including deleted ones if the actor reads those."""
    return {box.id: box.name for box in readable_mailboxes(work) if box.kind is MailboxKind.FUNCTION}


def deleted_mailboxes(work: Work) -> set[UUID]:
    """Return the deleted mailboxes that the actor reads."""
    return mailbox_names(work).keys() - {box.id for box in all_mailboxes(work)}


class TextSearch:
    """The job that searches for persons in the texts of messages, for requests that are not closed.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Continue in every organisation, some pages each, and return how many messages were read."""
        return self._host.platform.in_each_organisation(self._go_on, paused=False)

    def _go_on(self, organisation_id: UUID) -> int:
        total = 0
        for _ in range(PAGES):
            read = self._page(organisation_id)
            total += read
            if not read:
                break
        return total

    def _page(self, organisation_id: UUID) -> int:
        """Read a page for the first request whose search is not finished."""
        c, host = requests.c, self._host
        waits = (c.organisation_id == organisation_id, c.state != CLOSED, c.texts_done_at.is_(None))
        query = select(requests).where(*waits, c.person.is_not(None)).order_by(c.due_on, c.id).limit(1)
        scopes = (ActorScope.READ, ActorScope.READ_DELETED, ActorScope.RESTRICTED)
        with host.work(host.system(organisation_id, *scopes)) as work:
            with host.tables(work) as connection:
                row = connection.execute(query.with_for_update()).one_or_none()
            request = as_request(host, row) if row else None
            if row is None or request is None or request.person is None:
                return 0
            page = search_texts(work, spellings(request.person), after=row.texts_after, limit=PAGE)
            keep_texts(host, work, request, page)
        return page.read


def _search(work: Work, spelling: str, also: Collection[UUID]) -> list[Any]:
    try:
        return search_everything(work, spelling, also=also, limit=MOST_CASES)
    except Invalid:  # it contains no word of at least two letters
        return []


def _found(case: Any, found_by: tuple[str, ...]) -> FoundCase:
    return FoundCase(
        case.id,
        case.number,
        case.subject,
        case.counterpart,
        case.mailbox_id,
        case.opened_at,
        case.confidential,
        case.state.value == "binned",
        found_by,
    )


def _contacts(host: Host, actor: Actor, words: Iterable[str]) -> Iterable[Contact]:
    """Return the entries in every address book that match the words; a book that does not answer is left out."""
    for book in host.platform.plugins.directories.values():
        for word in words:
            try:
                entries = call(book.search, actor, None, word, MOST_ENTRIES) if word else ()
            except Exception:  # noqa: BLE001 - a plugin fails alone; the page says which books were searched
                host.log.warning("disclosure.book-failed")
                break
            for entry in entries:
                address = entry.address
                yield Contact(book.label, address.name, address.organisation, address.value)


def _numbers(number: str) -> list[str]:
    match = _NUMBER.fullmatch(number.replace(" ", ""))
    if match is None:
        return [number]
    century, day, last = match.groups()
    short = [f"{day}-{last}", f"{day}{last}"]
    long = [f"{century}{day}-{last}", f"{century}{day}{last}"] if century else []
    guessed = [f"{before}{day}{dash}{last}" for before in ("19", "20") for dash in ("-", "")] if not century else []
    return [*long, *short, *guessed]


def _phones(phone: str) -> list[str]:
    digits = re.sub(r"[^\d+]", "", phone)
    national = re.sub(r"^(\+46|0046)", "0", digits)
    if len(national) < 7:
        return [phone]
    return [phone, digits, national, f"+46{national[1:]}", f"{national[:3]}-{national[3:]}"]
