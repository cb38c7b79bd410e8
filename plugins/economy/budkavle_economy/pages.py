"""The pages of Ekonomi, for administrators of the installation: all organisations, one organisation, and prices."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.dates import format_date
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, ActorScope, Host, Invalid, NotFound
from budkavle.accounts import all_organisations, require_platform
from budkavle.web import Form, Visitor, plugin_page
from budkavle_economy import figures, months, prices, report
from budkavle_economy.report import N_

PATH = "/plugin/economy"
SHOWN = 50
SAID = {
    "closed": "Månaden är stängd. Siffrorna ändras inte längre.",
    "corrected": "Rättelsen är sparad och kommer med i nästa öppna månads rapport.",
    "price": "Priset är sparat.",
}


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the menu line, for administrators of the installation."""
    return {"url": PATH, "text": N_("Ekonomi"), "icon": "document"} if actor.may(ActorScope.INSTALLATION) else {}


def router(host: Host) -> Router:
    """Return the routes of the pages."""
    return Router("", route_handlers=[*_of_months(host), *_of_organisations(host), *_of_prices(host)])


def _of_months(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        month: FromQuery[str] = "",
        page: FromQuery[int] = 1,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show what the organisations used in a month."""
        return _overview(host, visitor, month, max(1, page), said)

    @get(f"{PATH}/close/{{month:str}}", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], month: FromPath[str]) -> Response[str]:
        """Ask for confirmation before closing a month."""
        require_platform(visitor.actor)
        first = _month(month)
        context = {"month": month, "name": _named(first, visitor.language), "path": PATH}
        return plugin_page(visitor, "economy/close.html", context, folder="economy")

    @post(f"{PATH}/close/{{month:str}}", sync_to_thread=True)
    def close(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token of the form
        month: FromPath[str],
    ) -> Response[Any]:
        """Close a month."""
        months.close_month(host, visitor.actor, _month(month))
        return Redirect(f"{PATH}?month={month}&said=closed", status_code=303)

    @get(f"{PATH}/csv/{{month:str}}", sync_to_thread=True)
    def give_csv(visitor: NamedDependency[Visitor], month: FromPath[str]) -> Response[bytes]:
        """Return a month of all organisations as a CSV file."""
        first = _month(month)
        every = all_organisations(host.platform, visitor.actor)
        rows = (months.month_of(host, organisation, first) for organisation in every)
        return _file(report.csv(host, rows, visitor.language), "text/csv", f"ekonomi-{month}.csv")

    return [show, ask, close, give_csv]


def _of_organisations(host: Host) -> list[Any]:
    path = f"{PATH}/{{month:str}}/{{organisation_id:uuid}}"

    @get(path, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        month: FromPath[str],
        organisation_id: FromPath[UUID],
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show what one organisation used in a month, and the corrections."""
        return _organisation_page(host, visitor, (month, organisation_id), said=said)

    @post(path, sync_to_thread=True)
    def correct(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        month: FromPath[str],
        organisation_id: FromPath[UUID],
    ) -> Response[Any]:
        """Correct a closed month with a separate row."""
        organisation = months.find_organisation(host, visitor.actor, organisation_id)
        try:
            months.correct(host, visitor.actor, organisation.id, _month(month), form.get("amount"), form.get("reason"))
        except Invalid as error:
            return _organisation_page(host, visitor, (month, organisation_id), form=form, faults=error.fields)
        return Redirect(f"{PATH}/{month}/{organisation_id}?said=corrected", status_code=303)

    @get(f"{path}/report.pdf", sync_to_thread=True)
    def give_pdf(
        visitor: NamedDependency[Visitor], month: FromPath[str], organisation_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Return the report as a PDF."""
        organisation = months.find_organisation(host, visitor.actor, organisation_id)
        whole = months.month_of(host, organisation, _month(month))
        content = report.pdf(host, organisation, whole, visitor.language)
        return _file(content, "application/pdf", f"ekonomi-{month}-{organisation.slug}.pdf")

    @get(f"{path}/report.csv", sync_to_thread=True)
    def give_csv(
        visitor: NamedDependency[Visitor], month: FromPath[str], organisation_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Return the report as a CSV file."""
        organisation = months.find_organisation(host, visitor.actor, organisation_id)
        whole = months.month_of(host, organisation, _month(month))
        content = report.csv(host, [whole], visitor.language)
        return _file(content, "text/csv", f"ekonomi-{month}-{organisation.slug}.csv")

    return [show, correct, give_pdf, give_csv]


def _of_prices(host: Host) -> list[Any]:
    @get(f"{PATH}/prices", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the price list."""
        return _prices_page(host, visitor, said=said)

    @post(f"{PATH}/prices", sync_to_thread=True)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Set a new price of an item from a month on."""
        require_platform(visitor.actor)
        item = form.get("item")
        if item not in _items(host, visitor):
            raise Invalid("Posten finns inte i prislistan.")
        try:
            prices.set_price(host, visitor.actor, item, form.get("price"), form.get("month"))
        except Invalid as error:
            return _prices_page(host, visitor, form=form, faults=error.fields)
        return Redirect(f"{PATH}/prices?said=price", status_code=303)

    return [show, save]


def _overview(host: Host, visitor: Visitor, month: str, page: int, said: str) -> Response[str]:
    require_platform(visitor.actor)
    this = months.this_month()
    first = _month(month) if month else prices.last_closed(host) or this
    every = all_organisations(host.platform, visitor.actor)
    shown = every[(page - 1) * SHOWN : page * SHOWN]
    closing, language = months.closing_of(host, first), visitor.language
    to_close = months.next_to_close(host)
    context = {
        "path": PATH,
        "month": first.isoformat()[:7],
        "name": _named(first, language),
        "before": _months_beside(first, -1),
        "after": _months_beside(first, 1) if first < this else "",
        "rows": [_row(months.month_of(host, organisation, first), organisation, language) for organisation in shown],
        "closing": closing,
        "may_close": to_close == first,
        "to_close": _named(to_close, language) if to_close and to_close != first else "",
        "to_close_month": to_close.isoformat()[:7] if to_close else "",
        "page": page,
        "pages": -(-len(every) // SHOWN) or 1,
        "total": len(every),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return plugin_page(visitor, "economy/overview.html", context, folder="economy")


def _row(month: months.Month, organisation: Any, language: str) -> dict[str, Any]:
    messages = sum((line.quantity for line in month.lines if ":" in line.item), Decimal(0))
    counts = [month.quantity(item) for item in (figures.USERS, figures.MAILBOXES)]
    rest = [month.quantity(item) for item in (figures.SMS, figures.FAX, figures.STORAGE)]
    return {
        "id": organisation.id,
        "name": month.organisation,
        "counts": [report.number(count, language) for count in (*counts, messages, *rest)],
        "sum": report.money(month.sum, language),
    }


def _organisation_page(
    host: Host,
    visitor: Visitor,
    which: tuple[str, UUID],
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    said: str = "",
) -> Response[str]:
    month, organisation_id = which
    organisation = months.find_organisation(host, visitor.actor, organisation_id)
    first, language = _month(month), visitor.language
    whole, say = months.month_of(host, organisation, first), report.say_in(host, visitor.language)
    field_faults = visitor.say_all(faults)
    context = {
        "here": f"{PATH}/{month}/{organisation_id}",
        "back": f"{PATH}?month={month}",
        "organisation": whole.organisation,
        "name": _named(first, language),
        "lines": [
            (
                report.label(host, line.item, say),
                report.number(line.quantity, language),
                report.price(line.price, language),
                report.money(line.amount, language),
            )
            for line in whole.lines
        ],
        "corrections": [
            (_named(made.month, language), made.reason, report.money(made.amount, language))
            for made in whole.corrections
        ],
        "later": [
            (_named(row.booked_in, language), row.reason, report.money(row.amount, language), row.made_by)
            for row in months.corrections_of(host, organisation.id, first)
        ],
        "sum": report.money(whole.sum, language),
        "sha256": whole.sha256,
        "typed": {name: form.get(name) if form else "" for name in ("amount", "reason")},
        "faults": list(field_faults.items()),
        "fault": field_faults,
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "economy/organisation.html", context, folder="economy", status=status)


def _prices_page(
    host: Host, visitor: Visitor, *, form: Form | None = None, faults: Mapping[str, str] | None = None, said: str = ""
) -> Response[str]:
    require_platform(visitor.actor)
    language, closed, say = visitor.language, prices.last_closed(host), report.say_in(host, visitor.language)
    field_faults = visitor.say_all(faults)
    rows = prices.price_list(host)
    context = {
        "path": PATH,
        "rows": [
            (
                report.label(host, row.item, say),
                _named(row.valid_from, language),
                report.price(row.price, language),
                row.set_by,
            )
            for row in sorted(rows, key=lambda row: figures.ordered(_items(host, visitor)).index(row.item))
        ],
        "items": [(item, report.label(host, item, say)) for item in _items(host, visitor)],
        "typed": {
            "item": form.get("item") if form else "",
            "price": form.get("price") if form else "",
            "month": form.get("month") if form else months.this_month().isoformat()[:7],
        },
        "closed": _named(closed, language) if closed else "",
        "faults": list(field_faults.items()),
        "fault": field_faults,
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return plugin_page(visitor, "economy/prices.html", context, folder="economy", status=422 if faults else 200)


def _items(host: Host, visitor: Visitor) -> list[str]:
    """Return every item that may have a price: the fixed ones, those of each channel, and those that have had one."""
    ways = [f"{way}:{name}" for name in visitor.platform.plugins.transports for way in (figures.SENT, figures.RECEIVED)]
    return figures.ordered({*figures.FIXED, *ways, *(row.item for row in prices.price_list(host))})


def _month(text: str) -> date:
    first = prices.parse_month(text)
    if first is None or first > months.this_month():
        raise NotFound("Månaden finns inte än.")
    return first


def _named(month: date, language: str) -> str:
    return str(format_date(month, "LLLL y", locale=language))


def _months_beside(month: date, step: int) -> str:
    index = month.year * 12 + month.month - 1 + step
    return f"{index // 12}-{index % 12 + 1:02}"


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
