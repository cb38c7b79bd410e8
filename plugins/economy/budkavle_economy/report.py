"""The report of a month, as PDF and CSV. The same month gives the same bytes, whenever and wherever it is made.

The PDF of a closed month is stored when it is first made, since a newer typesetter may give other bytes.
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from importlib.resources import files
from typing import Any

import typst
from babel.dates import format_date
from babel.numbers import format_decimal
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Organisation, translations, write_csv
from budkavle_economy.figures import FAX, MAILBOXES, RECEIVED, SENT, SMS, STORAGE, USERS, first_of_next
from budkavle_economy.months import Month
from budkavle_economy.tables import reports


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


LABELS = {
    USERS: N_("Användare, som mest"),
    MAILBOXES: N_("Funktionsbrevlådor, som mest"),
    STORAGE: N_("Lagring i GB, som mest"),
    SMS: N_("SMS, antal delar"),
    FAX: N_("Fax, antal sidor"),
}
CHANNELS = {SENT: N_("Skickade meddelanden: {channel}"), RECEIVED: N_("Mottagna meddelanden: {channel}")}
WORDS = {
    "item": N_("Post"),
    "quantity": N_("Antal"),
    "price": N_("Pris"),
    "amount": N_("Summa, kr"),
    "corrections": N_("Rättelser"),
    "month": N_("Månad"),
    "reason": N_("Skäl"),
    "sum": N_("Summa"),
    "preliminary": N_("Preliminär: månaden är inte stängd, och siffrorna kan ändras."),
}
TITLE = N_("Ekonomi {month}, {organisation}")
KEPT = "Månaden är stängd. Underlagets kontrollsumma (SHA-256): {sha256}"
Say = Callable[[str], str]


def say_in(host: Host, language: str) -> Say:
    """Return a function that translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext


def label(host: Host, item: str, say: Say) -> str:
    """Return the name of an item."""
    way, _, transport = item.partition(":")
    if item in LABELS:
        return say(LABELS[item])
    transport_plugin = host.platform.plugins.transports.get(transport)
    return say(CHANNELS[way]).format(channel=say(transport_plugin.label) if transport_plugin else transport)


def money(amount: Decimal, language: str) -> str:
    """Return kronor and öre in the format of the language."""
    return str(format_decimal(amount, format="#,##0.00", locale=language))


def number(quantity: Decimal, language: str) -> str:
    """Return a quantity in the format of the language."""
    return str(format_decimal(quantity, format="#,##0.###", locale=language))


def price(amount: Decimal, language: str) -> str:
    """Return a price, with as many decimals as it has."""
    return str(format_decimal(amount, format="#,##0.00##", locale=language))


def pdf(host: Host, organisation: Organisation, month: Month, language: str) -> bytes:
    """Return the report of a month. For a closed month, the one that was made first."""
    if not month.sha256:
        return _typeset(host, month, language)
    where = (
        reports.c.organisation_id == organisation.id,
        reports.c.month == month.month,
        reports.c.language == language,
    )
    with host.transaction(organisation.id) as connection:
        kept = connection.execute(select(reports.c.pdf).where(*where)).scalar_one_or_none()
        if kept is not None:
            return bytes(kept)
    made = _typeset(host, month, language)
    row = {"organisation_id": organisation.id, "month": month.month, "language": language, "pdf": made}
    with host.transaction(organisation.id) as connection:
        connection.execute(insert(reports).values(row).on_conflict_do_nothing())
        return bytes(connection.execute(select(reports.c.pdf).where(*where)).scalar_one())


def csv(host: Host, months: Iterable[Month], language: str) -> bytes:
    """Return months as a CSV file: a row for each item and each correction of each organisation."""
    say = say_in(host, language)
    names = ("Organisation", *(WORDS[name] for name in ("month", "item", "quantity", "price", "amount")))
    rows: list[tuple[object, ...]] = [tuple(say(name) for name in names)]
    for month in months:
        of = (month.organisation, month.month.isoformat()[:7])
        rows += [
            (*of, label(host, line.item, say), _plain(line.quantity), _plain(line.price), _plain(line.amount))
            for line in month.lines
        ]
        rows += [
            (*of, f"{say('Rättelse')} {made.month.isoformat()[:7]}: {made.reason}", "", "", _plain(made.amount))
            for made in month.corrections
        ]
    return write_csv(rows)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _typeset(host: Host, month: Month, language: str) -> bytes:
    end = first_of_next(month.month)
    values = json.dumps(_values(host, month, language), ensure_ascii=False, sort_keys=True)
    made = typst.compile(
        files("budkavle_economy").joinpath("report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"given": values},
        ignore_system_fonts=True,
        timestamp=_seconds(end.year, end.month),
        pdf_standards=["ua-1"],
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def _values(host: Host, month: Month, language: str) -> dict[str, Any]:
    say, end = say_in(host, language), first_of_next(month.month)
    named = format_date(month.month, "LLLL y", locale=language)
    return {
        "language": language,
        "title": say(TITLE).format(month=named, organisation=month.organisation),
        "at": [end.year, end.month, end.day],
        "preliminary": not month.sha256,
        "words": {name: say(word) for name, word in WORDS.items()},
        "lines": [
            [
                label(host, line.item, say),
                number(line.quantity, language),
                price(line.price, language),
                money(line.amount, language),
            ]
            for line in month.lines
        ],
        "corrections": [
            [format_date(made.month, "LLLL y", locale=language), made.reason, money(made.amount, language)]
            for made in month.corrections
        ],
        "sum": f"{money(month.sum, language)} kr",
        "foot": say(KEPT).format(sha256=month.sha256) if month.sha256 else "",
    }


def _seconds(year: int, month: int) -> int:
    from datetime import UTC, datetime

    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())
