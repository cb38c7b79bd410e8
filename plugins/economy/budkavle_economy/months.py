"""A month of an organisation. An open one is counted each time it is shown; a closed one keeps its figures.

Closing stores a document for each organisation, with its SHA-256. Nothing changes it afterwards: a correction is a
separate row, in the report of the month in which it was made.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, ActorScope, Conflict, Host, Invalid, NotFound, Organisation, Work, record
from budkavle.accounts import all_organisations, require_platform
from budkavle_economy.figures import Line, first_of_next, lines
from budkavle_economy.prices import last_closed, prices_in
from budkavle_economy.tables import closings, corrections, months

ZONE = ZoneInfo("Europe/Stockholm")
NOT_OVER = "Månaden är inte slut än. Den går att stänga när den är det."
IN_ORDER = "Stäng månaderna i ordning: {month} kommer först."
CLOSED = "Månaden är redan stängd."
LONGEST_REASON = 300
_AMOUNT = re.compile(r"-?\d{1,9}(?:\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Correction:
    """A row that corrects a closed month, in the report of a later one."""

    month: date
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month of an organisation.

    Attributes:
        lines: What was used.
        corrections: Those of earlier months, made in this one.
        sha256: The hash of the stored document. Empty while the month is open.
    """

    organisation: str
    month: date
    lines: Sequence[Line]
    corrections: Sequence[Correction]
    sha256: str = ""

    @property
    def sum(self) -> Decimal:
        """The total amount, including the corrections."""
        amounts = [line.amount for line in self.lines] + [correction.amount for correction in self.corrections]
        return sum(amounts, Decimal("0.00"))

    def quantity(self, item: str) -> Decimal:
        """Return the used quantity of an item."""
        return next((line.quantity for line in self.lines if line.item == item), Decimal(0))


def this_month() -> date:
    """Return the first day of the current month, in Swedish time."""
    return datetime.now(ZONE).date().replace(day=1)


def month_of(host: Host, organisation: Organisation, month: date) -> Month:
    """Return a month of an organisation, as it was stored or as it is now."""
    with host.work(host.system(organisation.id, ActorScope.READ)) as work:
        with host.tables(work) as connection:
            where = (months.c.organisation_id == organisation.id, months.c.month == month)
            row = connection.execute(select(months.c.document, months.c.sha256).where(*where)).one_or_none()
        return _from_document(row.document, row.sha256) if row else _counted(host, work, organisation, month)


def corrections_of(host: Host, organisation_id: UUID, month: date) -> list[Any]:
    """Return the corrections of a closed month, the earliest first, each with the month it is booked in."""
    where = (corrections.c.organisation_id == organisation_id, corrections.c.month == month)
    with host.transaction(organisation_id) as connection:
        return list(connection.execute(select(corrections).where(*where).order_by(corrections.c.made_at)))


def closing_of(host: Host, month: date) -> Any:
    """Return when a month was closed and by whom. None while it is open."""
    with host.transaction(None) as connection:
        return connection.execute(select(closings).where(closings.c.month == month)).one_or_none()


def next_to_close(host: Host) -> date | None:
    """Return the month that can be closed now: the one after the last closed one, or the last that has ended."""
    closed, this = last_closed(host), this_month()
    candidate = first_of_next(closed) if closed else _before(this)
    return candidate if candidate < this else None


def close_month(host: Host, actor: Actor, month: date) -> int:
    """Store the figures of a month, for every organisation. They never change again.

    What an earlier attempt stored is kept, so an interrupted attempt can be continued.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation.
        month: The first day of the month.

    Returns:
        The number of organisations.

    Raises:
        Forbidden: The actor does not administer the installation.
        Conflict: The month has not ended, is already closed, or an earlier one is open.
    """
    require_platform(actor)
    if month >= this_month():
        raise Conflict(NOT_OVER)
    if closing_of(host, month) is not None:
        raise Conflict(CLOSED)
    expected = next_to_close(host)
    if expected is not None and expected != month:
        raise Conflict(IN_ORDER, month=expected.isoformat()[:7])
    organisations = all_organisations(host.platform, actor)
    for organisation in organisations:
        _keep(host, actor, organisation, month)
    values = {"month": month, "closed_at": datetime.now(UTC), "closed_by": actor.name}
    with host.transaction(None) as connection:
        connection.execute(upsert(closings).values(values).on_conflict_do_nothing())
    return len(organisations)


def correct(host: Host, actor: Actor, organisation_id: UUID, month: date, amount: str, reason: str) -> None:
    """Correct a closed month with a separate row, in the report of the first open month.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation.
        organisation_id: The organisation of the month.
        month: The closed month.
        amount: In kronor, as typed. Negative if too much was charged.
        reason: The reason.

    Raises:
        Forbidden: The actor does not administer the installation.
        Conflict: The month is open and needs no correction.
        Invalid: A field is invalid; `fields` says which.
    """
    require_platform(actor)
    closed = last_closed(host)
    if closing_of(host, month) is None or closed is None:
        raise Conflict("Månaden är öppen. Den behöver ingen rättelse.")
    number = _amount(amount)
    fields = {"amount": "Skriv ett belopp i kronor, till exempel -12,50."} if number is None else {}
    if not reason.strip() or len(reason) > LONGEST_REASON:
        fields["reason"] = "Skriv varför, med högst 300 tecken."
    if fields:
        raise Invalid("Rättelsen kunde inte sparas.", fields=fields)
    row = {
        "organisation_id": organisation_id,
        "id": uuid4(),
        "month": month,
        "booked_in": first_of_next(closed),
        "amount": number,
        "reason": reason.strip(),
        "made_at": datetime.now(UTC),
        "made_by": actor.name,
    }
    with host.work(host.system(organisation_id, name=actor.name)) as work:
        with host.tables(work) as connection:
            connection.execute(insert(corrections).values(row))
        record(work, "economy.corrected", None, month=month.isoformat()[:7], reason=reason.strip(), amount=str(number))


def find_organisation(host: Host, actor: Actor, organisation_id: UUID) -> Organisation:
    """Return an organisation of the installation.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is none with this id.
    """
    every = {organisation.id: organisation for organisation in all_organisations(host.platform, actor)}
    if organisation_id not in every:
        raise NotFound("Organisationen finns inte.")
    return every[organisation_id]


def _counted(host: Host, work: Work, organisation: Organisation, month: date) -> Month:
    with host.tables(work) as connection:
        where = (corrections.c.organisation_id == organisation.id, corrections.c.booked_in == month)
        query = select(corrections).where(*where).order_by(corrections.c.made_at, corrections.c.id)
        made = [Correction(row.month, row.amount, row.reason) for row in connection.execute(query)]
    return Month(organisation.name, month, lines(work, month, prices_in(host, month)), made)


def _keep(host: Host, actor: Actor, organisation: Organisation, month: date) -> None:
    with host.work(host.system(organisation.id, ActorScope.READ, name=actor.name)) as work:
        document = _document(_counted(host, work, organisation, month))
        digest = hashlib.sha256(document.encode()).hexdigest()
        row = {"organisation_id": organisation.id, "month": month, "document": document, "sha256": digest}
        with host.tables(work) as connection:
            kept = upsert(months).values(row).on_conflict_do_nothing().returning(months.c.sha256)
            is_new = connection.execute(kept).one_or_none() is not None
        if is_new:
            record(work, "economy.month-closed", None, month=month.isoformat()[:7], sha256=digest)


def _document(month: Month) -> str:
    """Return a month as canonical JSON. Every number is a string, so that no reader rounds it."""
    whole = {
        "version": 1,
        "organisation": month.organisation,
        "month": month.month.isoformat(),
        "lines": [[line.item, str(line.quantity), str(line.price), str(line.amount)] for line in month.lines],
        "corrections": [[made.month.isoformat(), str(made.amount), made.reason] for made in month.corrections],
        "sum": str(month.sum),
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _from_document(document: str, sha256: str) -> Month:
    whole = json.loads(document)
    return Month(
        whole["organisation"],
        date.fromisoformat(whole["month"]),
        [Line(item, Decimal(quantity), Decimal(price)) for item, quantity, price, _ in whole["lines"]],
        [Correction(date.fromisoformat(of), Decimal(amount), reason) for of, amount, reason in whole["corrections"]],
        sha256,
    )


def _amount(text: str) -> Decimal | None:
    plain = text.replace("−", "-").replace(",", ".").replace("\u00a0", "").replace(" ", "")
    number = Decimal(plain) if _AMOUNT.fullmatch(plain) else Decimal(0)
    return number.quantize(Decimal("0.01")) if number else None


def _before(month: date) -> date:
    return month.replace(day=1, month=month.month - 1) if month.month > 1 else date(month.year - 1, 12, 1)
