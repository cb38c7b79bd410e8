"""Reads and checks the forms on the archive's pages, and the files that come with them."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from litestar.di import NamedDependency

from budkavle import Invalid, Work, as_uuid
from budkavle.accounts import require_admin
from budkavle.cases import list_mailbox_people
from budkavle.organisation import read_day
from budkavle.web import Form, Visitor, WebRequest, read_multipart
from budkavle_records.archive.package.xml_parts import LOCAL
from budkavle_records.archive.receipts import ArchiveReceipt, ReceiptFile
from budkavle_records.archive.transfers import Selection

LARGEST_RECEIPT = 10_000_000
MOST_MAILBOXES = 500
NO_DAY = "Skriv dagen som år-månad-dag, till exempel 2026-11-27."


@dataclass(frozen=True, slots=True)
class Typed:
    """The values in the form for choosing cases."""

    mailbox: str = ""
    since: str = ""
    until: str = ""
    kind: str = ""
    due: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Typed":
        """Read the fields of a form or of a query."""
        return cls(*(values.get(name, "").strip()[:200] for name in ("mailbox", "since", "until", "kind", "due")))


def read_selection(work: Work, typed: Typed) -> Selection:
    """Return the selection of cases.

    Raises:
        Invalid: A day is not a date, the days are in the wrong order, or no mailbox has that name.
    """
    faults = dict[str, str]()
    since, until = _day(typed.since, "since", faults), _day(typed.until, "until", faults)
    if since and until and until < since:
        faults["until"] = "Sista dagen är före den första."
    mailboxes = tuple[UUID, ...]()
    if typed.mailbox:
        mailboxes = tuple(box.id for box in list_mailbox_people(work, typed.mailbox, limit=MOST_MAILBOXES).mailboxes)
        if not mailboxes:
            faults["mailbox"] = "Ingen funktionsbrevlåda heter så."
    if faults:
        raise Invalid("Urvalet går inte att använda.", fields=faults)
    return Selection(
        mailboxes=mailboxes,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        kind=as_uuid(typed.kind),
        due_only=bool(typed.due),
    )


def read_receipt(form: Form) -> ArchiveReceipt:
    """Return the archive's receipt from the form.

    Raises:
        Invalid: A field is missing.
    """
    faults = dict[str, str]()
    day = _day(form.get("day"), "day", faults)
    if form.get("verdict") not in {"accepted", "refused"}:
        faults["verdict"] = "Välj om arkivet har tagit emot eller inte."
    if day is None:
        faults["day"] = NO_DAY
    if faults or day is None:
        raise Invalid("Kvittensen kunde inte sparas.", fields=faults)
    file = next((each for each in form.files if isinstance(each, ReceiptFile) and each.content), None)
    return ArchiveReceipt(form.get("verdict") == "accepted", day, form.get("text"), file)


async def posted_receipt(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with its file, and check that it belongs to an administrator's session.

    Raises:
        Forbidden: The visitor is not an administrator of the organisation.
        Invalid: The file is too large, or the token is not the session's.
    """
    require_admin(visitor.actor)
    form = await read_multipart(request, _in_memory)
    visitor.check_form(form)
    return form


def _in_memory(name: str, kind: str) -> Generator[None, bytes, ReceiptFile]:
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > LARGEST_RECEIPT:
            raise Invalid("Kvittensen kunde inte sparas.", fields={"file": "Filen är större än 10 MB."})
    return ReceiptFile(name, kind, bytes(content))


def _day(text: str, name: str, faults: dict[str, str]) -> date | None:
    day = read_day(text)
    if text and day is None:
        faults[name] = NO_DAY
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
