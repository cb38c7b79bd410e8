"""Months: counted while they are open, kept when they are closed, and the same bytes ever after."""

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle import Conflict, Forbidden, Host, Invalid, Platform, UserActor, record
from budkavle.organisation import usage
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_economy import figures, months, prices, report

Browse = Callable[..., Any]
PATH = "/plugin/economy"


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("economy")
    return made


@pytest.fixture
def last(monkeypatch: pytest.MonkeyPatch) -> date:
    """The month that everything happens in, which is over: the installation believes that it is the next one."""
    this = months.this_month()
    monkeypatch.setattr(months, "this_month", lambda: figures.first_of_next(this))
    return this


def happen(organisation: SampleOrganisation, kind: str, times: int = 1, **facts: str) -> None:
    """Note in the event log that something has happened."""
    with organisation.platform.work(organisation.system) as work:
        for _ in range(times):
            record(work, kind, uuid4(), **facts)


def quantities(month: months.Month) -> dict[str, Decimal]:
    return {line.item: line.quantity for line in month.lines if line.quantity}


def use(organisation: SampleOrganisation) -> None:
    """Let an organisation use something of everything."""
    happen(organisation, "message.sent", 3, transport="sdk")
    happen(organisation, "message.received", 2, transport="sdk")
    happen(organisation, "message.undone", 1, transport="sdk")
    happen(organisation, "message.sent", 1, transport="fax")
    happen(organisation, "sms.sent", 4, what="1")
    happen(organisation, "sms.sent", 2, what="3")
    happen(organisation, "fax.sent", 1, what="12")
    in_work(organisation.platform, organisation.system, usage.note_usage)


@pytest.mark.feature("N3")
def test_a_month_is_counted_from_the_event_log_and_the_peaks(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, other_organisation: SampleOrganisation
) -> None:
    """Messages by channel less what was undone, SMS by segments, fax by pages, accounts and mailboxes at most."""
    use(organisation)
    happen(other_organisation, "sms.sent", 9, what="1")
    counted = quantities(months.month_of(host, organisation.organisation, months.this_month()))
    messages = {"sent:sdk": 2, "received:sdk": 2, "sent:fax": 1}
    assert {item: counted[item] for item in messages} == messages
    assert (counted["sms"], counted["fax"]) == (10, 12)
    assert (counted["users"], counted["mailboxes"]) == (5, 2)


@pytest.mark.feature("N3")
def test_a_price_holds_from_its_month_on(host: Host, boss: UserActor) -> None:
    """The latest row before the month is the one that holds; months before the first cost nothing."""
    prices.set_price(host, boss, "sms", "0,45", "2026-03")
    prices.set_price(host, boss, "sms", "0.5", "2026-06")
    for month, price in ((2, None), (3, "0.45"), (5, "0.45"), (6, "0.5"), (12, "0.5")):
        assert prices.prices_in(host, date(2026, month, 1)).get("sms") == (Decimal(price) if price else None)


@pytest.mark.feature("N3")
@pytest.mark.parametrize(
    ("price", "month", "wrong"),
    [("gratis", "2026-03", "price"), ("-1", "2026-03", "price"), ("0,45", "mars", "month"), ("1", "2026-13", "month")],
)
def test_a_wrong_price_is_refused(host: Host, boss: UserActor, price: str, month: str, wrong: str) -> None:
    """At its field."""
    with pytest.raises(Invalid) as refused:
        prices.set_price(host, boss, "sms", price, month)
    assert list(refused.value.fields) == [wrong]
    assert prices.price_list(host) == []


@pytest.mark.feature("N3")
def test_a_closed_month_never_changes(
    host: Host,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    boss: UserActor,
    last: date,
) -> None:
    """Neither by what comes later, nor by a new price, nor by another name; its document has the hash of its bytes."""
    prices.set_price(host, boss, "sms", "0,50", last.isoformat()[:7])
    use(organisation)
    before = months.month_of(host, organisation.organisation, last)
    assert (before.sha256, before.sum) == ("", Decimal("5.00"))
    assert months.close_month(host, boss, last) == 2
    closed = months.month_of(host, organisation.organisation, last)
    assert (quantities(closed), closed.sum) == (quantities(before), before.sum)
    happen(organisation, "sms.sent", 50, what="2")
    with pytest.raises(Invalid, match="Priset"):
        prices.set_price(host, boss, "sms", "99", last.isoformat()[:7])
    assert months.month_of(host, organisation.organisation, last) == closed
    (row,) = organisation.rows("SELECT document, sha256 FROM economy_months")
    assert hashlib.sha256(row.document.encode()).hexdigest() == row.sha256 == closed.sha256
    assert closed.sha256 in organisation.log_entries("economy.month-closed")[0]
    with pytest.raises(Conflict):
        months.close_month(host, boss, last)


@pytest.mark.feature("N3")
def test_the_report_of_a_closed_month_has_the_same_bytes(
    host: Host, organisation: SampleOrganisation, boss: UserActor, last: date
) -> None:
    """Made anew it is the same PDF and CSV, and the one that was made first is kept."""
    use(organisation)
    months.close_month(host, boss, last)
    whole = months.month_of(host, organisation.organisation, last)
    first = report.pdf(host, organisation.organisation, whole, "sv")
    assert first.startswith(b"%PDF")
    assert report._typeset(host, whole, "sv") == first
    assert report.csv(host, [whole], "sv") == report.csv(host, [whole], "sv")
    assert report.pdf(host, organisation.organisation, whole, "en") != first
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE economy_reports SET pdf = 'kept' WHERE language = 'sv'"))
    assert report.pdf(host, organisation.organisation, whole, "sv") == b"kept"


@pytest.mark.feature("N3")
def test_text_in_a_report_is_never_markup(host: Host, organisation: SampleOrganisation) -> None:
    """A name may hold what the typesetter would read as a command."""
    month = months.Month(
        "#panic() [x] \\ $ @a", date(2026, 1, 1), [], [months.Correction(date(2025, 12, 1), Decimal(1), "#emph[x]")]
    )
    assert report.pdf(host, organisation.organisation, month, "sv").startswith(b"%PDF")
    assert "#panic()" in report.csv(host, [month], "sv").decode("utf-8-sig")


@pytest.mark.feature("N3")
def test_a_correction_is_a_row_of_its_own(
    host: Host, organisation: SampleOrganisation, boss: UserActor, last: date
) -> None:
    """The closed month stays; the next one has the row, and keeps it when it is closed."""
    with pytest.raises(Conflict):
        months.correct(host, boss, organisation.id, last, "-12,50", "För många SMS räknades.")
    months.close_month(host, boss, last)
    closed = months.month_of(host, organisation.organisation, last)
    months.correct(host, boss, organisation.id, last, "-12,50", "För många SMS räknades.")
    assert months.month_of(host, organisation.organisation, last) == closed
    following = months.month_of(host, organisation.organisation, figures.first_of_next(last))
    assert [(made.month, made.amount) for made in following.corrections] == [(last, Decimal("-12.50"))]
    assert following.sum == Decimal("-12.50")
    assert "För många SMS" in organisation.log_entries("economy.corrected")[0]
    for amount, reason in (("tolv", "Skäl"), ("NaN", "Skäl"), ("0", "Skäl"), ("1", " "), ("1", "x" * 301)):
        with pytest.raises(Invalid):
            months.correct(host, boss, organisation.id, last, amount, reason)


@pytest.mark.feature("N3")
def test_months_are_closed_in_order_and_when_they_are_over(host: Host, boss: UserActor, last: date) -> None:
    """The running month is not over; after the first closed one comes the next."""
    with pytest.raises(Conflict):
        months.close_month(host, boss, months.this_month())
    with pytest.raises(Conflict):
        months.close_month(host, boss, date(last.year - 1, last.month, 1))
    months.close_month(host, boss, last)
    assert months.next_to_close(host) is None


@pytest.mark.feature("N3")
def test_a_closing_that_broke_off_is_gone_on_from(
    host: Host, organisation: SampleOrganisation, boss: UserActor, last: date
) -> None:
    """What was kept before the break stays as it was."""
    months._keep(host, boss, organisation.organisation, last)
    kept = months.month_of(host, organisation.organisation, last)
    happen(organisation, "sms.sent", 5, what="1")
    months.close_month(host, boss, last)
    assert months.month_of(host, organisation.organisation, last) == kept
    assert len(organisation.log_entries("economy.month-closed")) == 1


@pytest.mark.feature("N3")
@pytest.mark.parametrize("who", ["administrator", "case_worker", "other_administrator", "nobody"])
def test_only_the_installations_administrators_reach_it(
    host: Host,
    organisation: SampleOrganisation,
    browse: Browse,
    request: pytest.FixtureRequest,
    who: str,
) -> None:
    """No route of it opens for anybody else, with their own organisation or another's."""
    person = None if who == "nobody" else request.getfixturevalue(who)
    browser, month = browse(person), months.this_month().isoformat()[:7]
    here = f"{PATH}/{month}/{organisation.id}"
    for path in (PATH, f"{PATH}/prices", f"{PATH}/close/{month}", f"{PATH}/csv/{month}", here, f"{here}/report.pdf"):
        assert browser.get(path).status_code == (303 if who == "nobody" else 403), path
    for path in (f"{PATH}/prices", f"{PATH}/close/{month}", here):
        answer = browser.post(path, item="sms", price="1", month=month, amount="1", reason="x")
        assert answer.status_code in {401, 403}, path
    if person is not None:
        with pytest.raises(Forbidden):
            months.close_month(host, person, date(2026, 1, 1))
        assert "Ekonomi" not in browser.get("/").text


@pytest.mark.feature("N3")
def test_the_pages_show_close_and_correct(
    organisation: SampleOrganisation, boss: UserActor, browse: Browse, last: date
) -> None:
    """From the overview by the question to the closed month, its files, and a correction."""
    use(organisation)
    browser, month = browse(boss), last.isoformat()[:7]
    here = f"{PATH}/{month}/{organisation.id}"
    assert f'href="{PATH}"' in browser.get("/administration").text
    shown = browser.get(f"{PATH}?month={month}").text
    assert organisation.name in shown
    assert f"{PATH}/close/{month}" in shown
    assert browser.post(f"{PATH}/prices", item="sms", price="dyrt", month=month).status_code == 422
    assert browser.post(f"{PATH}/prices", item="påhittat", price="1", month=month).status_code == 422
    assert browser.post(f"{PATH}/prices", item="sms", price="0,45", month=month).status_code == 303
    assert "0,45" in browser.get(f"{PATH}/prices").text
    assert "Stäng" in browser.get(f"{PATH}/close/{month}").text
    assert browser.post(f"{PATH}/close/{month}", csrf="wrong").status_code == 403
    assert browser.post(f"{PATH}/close/{month}").status_code == 303
    shown = browser.get(here).text
    assert "SMS, antal delar" in shown
    assert "4,50" in shown
    assert browser.post(here, amount="x", reason="").status_code == 422
    assert browser.post(here, amount="-1", reason="Fel pris").status_code == 303
    assert "Fel pris" in browser.get(here).text
    pdf = browser.get(f"{here}/report.pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert organisation.name in browser.get(f"{PATH}/csv/{month}").content.decode("utf-8-sig")
    assert browser.get(f"{PATH}/{month}/{uuid4()}").status_code == 404
    assert browser.get(f"{PATH}?month=2999-01").status_code == 404
