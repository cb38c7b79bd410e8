"""What an organisation used in a month: a line for each item, with its price and its amount.

Messages, SMS and faxes are counted by the event log. Accounts, mailboxes and storage are the peaks of the month.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from budkavle import Work
from budkavle.organisation import UsageKind, usage_months
from budkavle.storage import EventLog

USERS, MAILBOXES, STORAGE, SMS, FAX = "users", "mailboxes", "storage", "sms", "fax"
FIXED = (USERS, MAILBOXES, STORAGE, SMS, FAX)
SENT, RECEIVED = "sent", "received"
"""Prefixes of the name of a transport, as in `sent:sdk`."""
KINDS = {"message.sent": SENT, "message.undone": SENT, "message.received": RECEIVED}
UNITS = {"sms.sent": SMS, "fax.sent": FAX}
"""Events that are divided by their number of segments or pages."""
GIGABYTE = Decimal(1_000_000_000)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a month.

    Attributes:
        item: Such as `users`, `sms` or `sent:sdk`.
        quantity: How many; gigabytes for storage.
        price: The price of one, in kronor.
    """

    item: str
    quantity: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """The amount, in kronor and öre."""
        return (self.quantity * self.price).quantize(_CENT, ROUND_HALF_UP)


def first_of_next(month: date) -> date:
    """Return the first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def lines(work: Work, month: date, prices: Mapping[str, Decimal]) -> list[Line]:
    """Return what the organisation of a unit of work used in a month.

    Args:
        work: A unit of work in the organisation, with the scope READ.
        month: The first day of the month.
        prices: The price of one, by item. An item that is missing is free.
    """
    quantities = _quantities(work, month)
    return [Line(item, quantities[item], prices.get(item, Decimal(0))) for item in ordered(quantities)]


def ordered(items: Iterable[str]) -> list[str]:
    """Return items in the order of the reports."""
    return sorted(items, key=lambda item: (FIXED.index(item) if item in FIXED else len(FIXED), item))


def _quantities(work: Work, month: date) -> dict[str, Decimal]:
    until = first_of_next(month)
    peaks = {peak.kind: peak.peak for peak in usage_months(work, month, until)}
    counts: Counter[str] = Counter()
    for total in EventLog(work).totals([*KINDS, *UNITS], month, until, step="month"):
        if total.kind in UNITS:
            counts[UNITS[total.kind]] += total.count * (int(total.what) if total.what.isdecimal() else 1)
        else:
            sign = -1 if total.kind == "message.undone" else 1
            counts[f"{KINDS[total.kind]}:{total.what or '-'}"] += sign * total.count
    storage = (Decimal(peaks.get(UsageKind.STORAGE, 0)) / GIGABYTE).quantize(Decimal("0.001"), ROUND_HALF_UP)
    return {
        USERS: Decimal(peaks.get(UsageKind.USERS, 0)),
        MAILBOXES: Decimal(peaks.get(UsageKind.MAILBOXES, 0)),
        STORAGE: storage,
        SMS: Decimal(counts.pop(SMS, 0)),
        FAX: Decimal(counts.pop(FAX, 0)),
        **{item: Decimal(count) for item, count in counts.items() if count},
    }
