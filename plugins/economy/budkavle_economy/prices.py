"""The price list: the price of an item from a month on. A change is a new row, never in a closed month."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Actor, Host, Invalid, Sentence, record
from budkavle.accounts import require_platform
from budkavle_economy.tables import closings, prices

_PRICE = re.compile(r"\d{1,9}(?:[.,]\d{1,4})?", re.ASCII)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price list."""

    item: str
    valid_from: date
    price: Decimal
    set_by: str


def price_list(host: Host) -> list[Price]:
    """Return every row of the price list, by item, the latest first."""
    query = select(prices).order_by(prices.c.item, prices.c.valid_from.desc())
    with host.transaction(None) as connection:
        return [Price(row.item, row.valid_from, row.price, row.set_by) for row in connection.execute(query)]


def prices_in(host: Host, month: date) -> Mapping[str, Decimal]:
    """Return the price of each item in a month."""
    query = select(prices.c.item, prices.c.price).where(prices.c.valid_from <= month).order_by(prices.c.valid_from)
    with host.transaction(None) as connection:
        return {row.item: row.price for row in connection.execute(query)}


def last_closed(host: Host) -> date | None:
    """Return the last closed month. None if there is none."""
    with host.transaction(None) as connection:
        month: date | None = connection.execute(select(func.max(closings.c.month))).scalar_one()
        return month


def set_price(host: Host, actor: Actor, item: str, price: str, month: str) -> None:
    """Set the price of an item from a month on.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation.
        item: The item.
        price: In kronor, as typed.
        month: As `2027-01`.

    Raises:
        Forbidden: The actor does not administer the installation.
        Invalid: A field is invalid, or the month is closed; `fields` says which.
    """
    require_platform(actor)
    first, fields = parse_month(month), {}
    if first is None:
        fields["month"] = "Skriv en månad så här: 2027-01."
    elif (closed := last_closed(host)) is not None and first <= closed:
        fields["month"] = Sentence("{month} är stängd. Välj en senare månad.", month=month)
    if not _PRICE.fullmatch(price):
        fields["price"] = "Skriv ett pris i kronor, till exempel 0,45."
    if fields or first is None:
        raise Invalid("Priset kunde inte sparas.", fields=fields)
    amount = Decimal(price.replace(",", "."))
    values = {"item": item, "valid_from": first, "price": amount, "set_at": datetime.now(UTC), "set_by": actor.name}
    row = insert(prices).values(values)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            changed = {name: row.excluded[name] for name in ("price", "set_at", "set_by")}
            connection.execute(row.on_conflict_do_update(index_elements=["item", "valid_from"], set_=changed))
        record(work, "economy.price-set", None, item=item, price=str(amount), month=month)


def parse_month(text: str) -> date | None:
    """Return the first day of a month written as `2027-01`. None if it is not."""
    match = _MONTH.fullmatch(text)
    return date(int(match[1]), int(match[2]), 1) if match else None
