"""Requests by GDPR article 15: the person, the last day to answer, what belongs to the person, and the package.

What is known about the person is encrypted, and is deleted some time after the request is closed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import case, func, insert, select, update

from budkavle import Actor, Conflict, Host, Invalid, NotFound, Work, personal_number, record
from budkavle.accounts import read_settings
from budkavle.cases import OwnedFiles
from budkavle.messaging import TextPage
from budkavle.organisation import is_email
from budkavle_disclosure.access import DESK
from budkavle_disclosure.lists import SHOWN, ZONE
from budkavle_disclosure.selection import Person, Selection
from budkavle_disclosure.settings import DisclosureSettings
from budkavle_disclosure.tables import requests

OPEN, PACKED, CLOSED = "open", "packed", "closed"
LONGEST = 200
MOST_BYTES = 2_000_000_000
LAST_DOWNLOAD = timedelta(hours=1)
"""Time that the last allowed download may take; then the package is destroyed."""
NO_REQUEST = "Begäran finns inte, eller så har den tagits bort."
_PERSONS = msgspec.json.Decoder(Person)
_SELECTIONS = msgspec.json.Decoder(Selection)
_TEXTS = msgspec.json.Decoder(dict[str, list[UUID]])
FILES = OwnedFiles("disclosure", MOST_BYTES)


@dataclass(frozen=True, slots=True)
class Request:
    """A person's request.

    Attributes:
        due_on: The last day to answer: one month after the request was received.
        person: The person that it is about; None when a closed request has been kept for the set number of days.
        file_until: When the package is destroyed; None if there is none.
        texts: The cases with each spelling in their texts, as far as they have been searched.
        texts_read: How many messages have been searched.
        texts_done_at: When the search was finished; None while it goes on.
        unread_files: How many of their files could not be searched, such as pictures.
    """

    id: UUID
    received_on: date
    due_on: date
    state: str
    person: Person | None
    selection: Selection
    made_at: datetime
    made_by: str
    file_id: UUID | None
    file_until: datetime | None
    downloads_left: int
    texts: Mapping[str, Sequence[UUID]]
    texts_read: int
    texts_done_at: datetime | None
    unread_files: int = 0

    @property
    def name(self) -> str:
        """The name of the person."""
        return self.person.name if self.person else ""

    def days_left(self, today: date) -> int:
        """Return how many days are left; negative if the request is late."""
        return (self.due_on - today).days


def month_after(day: date) -> date:
    """Return the same day of the next month, or its last day if that month is shorter."""
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def create_request(host: Host, actor: Actor, person: Person, received_on: date) -> UUID:
    """Store a new request.

    Raises:
        Forbidden: The actor may not work at the desk.
        Invalid: Something is wrong; `fields` says what.
    """
    DESK.require(host.platform, actor)
    fields = _faults(person)
    if received_on > datetime.now(ZONE).date():
        fields["received_on"] = "Dagen har inte varit än."
    if fields:
        raise Invalid("Begäran kunde inte sparas.", fields=fields)
    request_id, due_on = uuid4(), month_after(received_on)
    values = {
        "organisation_id": actor.organisation_id,
        "id": request_id,
        "received_on": received_on,
        "due_on": due_on,
        "state": OPEN,
        "person": _seal(host, actor.organisation_id, f"person:{request_id}", person),
        "made_at": datetime.now(UTC),
        "made_by": actor.name,
        "downloads_left": 0,
        "texts_read": 0,
    }
    with host.work(actor) as work:
        with host.tables(work) as connection:
            connection.execute(insert(requests).values(values))
        record(work, "disclosure.request-made", request_id, due=due_on.isoformat())
    return request_id


def _faults(person: Person) -> dict[str, str]:
    """Return what is wrong at each field: a number or an address that nobody has would find nothing, and say so."""
    judged = [
        ("name", not person.name, "Skriv vem som begär sina uppgifter."),
        ("name", len(person.name) > LONGEST, "Namnet får ha högst 200 tecken."),
        (
            "personnummer",
            bool(person.personnummer) and not personal_number(person.personnummer),
            "Kontrollera personnumret. Ett annat nummer skriver du under Andra stavningar.",
        ),
        (
            "email",
            bool(person.email) and not is_email(person.email),
            "Skriv e-postadressen som namn@exempel.se. Något annat skriver du under Andra stavningar.",
        ),
        ("phone", len(person.phone) > LONGEST, "Telefonnumret får ha högst 200 tecken."),
        ("organisation", len(person.organisation) > LONGEST, "Organisationens namn får ha högst 200 tecken."),
        (
            "spellings",
            any(len(text) > LONGEST for text in person.spellings) or len(person.spellings) > 20,
            "Skriv högst 20 stavningar, och högst 200 tecken på varje rad.",
        ),
    ]
    return {name: sentence for name, is_wrong, sentence in judged if is_wrong}


def find_request(host: Host, actor: Actor, request_id: UUID) -> Request:
    """Return one request of the actor's organisation.

    Raises:
        Forbidden: The actor may not work at the desk.
        NotFound: There is no request with this ID.
    """
    DESK.require(host.platform, actor)
    query = select(requests).where(*_this(actor.organisation_id, request_id))
    with host.transaction(actor.organisation_id) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(NO_REQUEST)
    return as_request(host, row)


def list_requests(host: Host, actor: Actor, page: int) -> tuple[list[Request], bool]:
    """Return a page of requests, those not closed first, by their last day; and whether there are more."""
    DESK.require(host.platform, actor)
    of = requests.c.organisation_id == actor.organisation_id
    order = (requests.c.state == CLOSED, requests.c.due_on, requests.c.id)
    query = select(requests).where(of).order_by(*order).limit(SHOWN + 1).offset((page - 1) * SHOWN)
    with host.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query).all()
    return [as_request(host, row) for row in rows[:SHOWN]], len(rows) > SHOWN


def keep_selection(host: Host, actor: Actor, request: Request, selection: Selection) -> None:
    """Store what belongs to the person, and what of it is held back.

    Raises:
        Conflict: The request is closed.
    """
    if request.state == CLOSED:
        raise Conflict("Begäran är avslutad och kan inte ändras.")
    sealed = _seal(host, actor.organisation_id, f"selection:{request.id}", selection)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            this = _this(actor.organisation_id, request.id)
            connection.execute(update(requests).where(*this).values(selection=sealed))
        counts = {"cases": len(selection.cases), "held": len(selection.held)}
        grounds = ", ".join(sorted({*selection.held.values(), selection.words_ground} - {""}))
        record(work, "disclosure.request-judged", request.id, **counts, grounds=grounds)


def keep_package(
    host: Host, actor: Actor, request: Request, chunks: Iterable[bytes], digest: Callable[[], str]
) -> None:
    """Store the package encrypted while it is made, replacing an earlier one.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk.
        request: The request that it belongs to.
        chunks: The package's bytes.
        digest: Returns their SHA-256 once all have been read.
    """
    with host.work(actor) as work:
        kept = FILES.keep(work, request.id, "registerutdrag.zip", "application/zip", chunks)
        FILES.destroy(work, *(file.id for file in FILES.list(work, request.id) if file.id != kept.id))
        settings = read_settings(work, DisclosureSettings)
        values = {
            "state": PACKED,
            "file_id": kept.id,
            "file_until": datetime.now(UTC) + timedelta(days=settings.package_days),
            "downloads_left": settings.package_downloads,
        }
        with host.tables(work) as connection:
            connection.execute(update(requests).where(*_this(actor.organisation_id, request.id)).values(values))
        record(work, "disclosure.package-made", request.id, size=kept.size, sha256=digest())


def take_package(host: Host, actor: Actor, request: Request) -> Iterable[bytes]:
    """Return the package's bytes, and count the download; soon after the last allowed one the package is destroyed.

    Raises:
        NotFound: There is no package, or it has been downloaded the allowed number of times.
    """
    now, c = datetime.now(UTC), requests.c
    until = case((c.downloads_left == 1, func.least(c.file_until, now + LAST_DOWNLOAD)), else_=c.file_until)
    write = update(requests).where(*_this(actor.organisation_id, request.id), c.downloads_left > 0, c.file_until > now)
    counted = write.values(downloads_left=c.downloads_left - 1, file_until=until)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            row = connection.execute(counted.returning(c.file_id, c.downloads_left)).one_or_none()
        if row is None or row.file_id is None:
            raise NotFound("Paketet finns inte längre. Skapa ett nytt.")
        record(work, "disclosure.package-downloaded", request.id, left=row.downloads_left)
        return FILES.open(work, row.file_id)


def close_request(host: Host, actor: Actor, request: Request) -> None:
    """Close a request: its package is destroyed, and the person's details are deleted after the set number of days."""
    with host.work(actor) as work:
        _drop(host, work, request.id)
        values = {"state": CLOSED, "closed_at": datetime.now(UTC)}
        with host.tables(work) as connection:
            connection.execute(update(requests).where(*_this(actor.organisation_id, request.id)).values(values))
        record(work, "disclosure.request-closed", request.id)


def forget_old(host: Host) -> int:
    """Destroy expired packages, and delete the person's details of requests that were closed long ago; run as a job."""
    return host.platform.in_each_organisation(partial(_forget, host))


def _forget(host: Host, organisation_id: UUID) -> int:
    now = datetime.now(UTC)
    with host.work(host.system(organisation_id)) as work:
        keep = timedelta(days=read_settings(work, DisclosureSettings).keep_days)
        of, c = requests.c.organisation_id == organisation_id, requests.c
        with host.tables(work) as connection:
            over = connection.execute(select(c.id).where(of, c.file_until <= now)).scalars().all()
            old = update(requests).where(of, c.state == CLOSED, c.closed_at <= now - keep, c.person.is_not(None))
            gone = (
                connection.execute(old.values(person=None, selection=None, texts_found=None).returning(c.id))
                .scalars()
                .all()
            )
        for request_id in over:
            _drop(host, work, request_id)
            record(work, "disclosure.package-destroyed", request_id)
        for request_id in gone:
            record(work, "disclosure.request-forgotten", request_id)
    return len(over) + len(gone)


def _drop(host: Host, work: Work, request_id: UUID) -> None:
    FILES.destroy_all(work, request_id)
    with host.tables(work) as connection:
        values = {"file_id": None, "file_until": None, "downloads_left": 0}
        connection.execute(update(requests).where(*_this(work.organisation_id, request_id)).values(values))


def _this(organisation_id: UUID, request_id: UUID) -> tuple[Any, Any]:
    return requests.c.organisation_id == organisation_id, requests.c.id == request_id


def keep_texts(host: Host, work: Work, request: Request, page: TextPage) -> None:
    """Store what was found in a page of messages; after the last one the event log records the search.

    Args:
        host: The plugin's host.
        work: The plugin's own unit of work.
        request: The request that the search is for.
        page: The page that was read.
    """
    cases_by_text = {text: set(case_ids) for text, case_ids in request.texts.items()}
    for text, case_ids in page.cases.items():
        cases_by_text.setdefault(text, set()).update(case_ids)
    values: dict[str, Any] = {
        "texts_read": request.texts_read + page.read,
        "unread_files": request.unread_files + page.unread_files,
    }
    values |= {"texts_after": page.last} if page.last else {"texts_done_at": datetime.now(UTC)}
    values["texts_found"] = _seal(host, work.organisation_id, f"texts:{request.id}", cases_by_text)
    with host.tables(work) as connection:
        connection.execute(update(requests).where(*_this(work.organisation_id, request.id)).values(values))
    if page.last is None:
        count = len(set[UUID]().union(*cases_by_text.values()))
        record(work, "disclosure.texts-searched", request.id, messages=request.texts_read, cases=count)


def _seal(host: Host, organisation_id: UUID, label: str, value: object) -> bytes:
    return host.vault.seal_small(organisation_id, f"disclosure-{label}", msgspec.json.encode(value))


def as_request(host: Host, row: Any) -> Request:
    """Return a row as a request, with its encrypted parts decrypted."""

    def opened(label: str, sealed: bytes) -> bytes:
        return host.vault.open_small(row.organisation_id, f"disclosure-{label}:{row.id}", sealed)

    return Request(
        id=row.id,
        received_on=row.received_on,
        due_on=row.due_on,
        state=row.state,
        person=_PERSONS.decode(opened("person", row.person)) if row.person else None,
        selection=_SELECTIONS.decode(opened("selection", row.selection)) if row.selection else Selection(),
        made_at=row.made_at,
        made_by=row.made_by,
        file_id=row.file_id,
        file_until=row.file_until,
        downloads_left=row.downloads_left,
        texts=_TEXTS.decode(opened("texts", row.texts_found)) if row.texts_found else {},
        texts_read=row.texts_read,
        texts_done_at=row.texts_done_at,
        unread_files=row.unread_files,
    )
