"""The pages and files of statistics: what they show, and to whom."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from budkavle import NotFound, Platform, record
from budkavle.accounts import add_members, create_mailbox, create_user
from budkavle.accounts.users import update_user
from budkavle.cases import take
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.testing import SampleOrganisation, SampleUser, browse
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_statistics.commands import group
from budkavle_statistics.pages import PATH
from budkavle_statistics.periods import today

TODAY = today()
FILES = ("messages", "first-answers", "waiting", "sign-ins", "identifications", "accounts", "mailboxes", "mailbox-list")


def words(html: str) -> str:
    """Return the text of a page."""
    plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", plain).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def browser(platform: Platform) -> Iterator[Callable[..., Any]]:
    with browse(platform) as opened:
        yield opened


@pytest.fixture
def show(browser: Callable[..., Any], administrator: SampleUser) -> Callable[..., str]:
    """Opens a page as the administrator, for today unless something else is asked, and returns its words."""

    def page(path: str = "", **query: Any) -> str:
        asked = "&".join(f"{name}={value}" for name, value in {"from": TODAY, "to": TODAY, **query}.items())
        answer = browser(administrator).get(f"{PATH}{path}?{asked}")
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    return page


@pytest.fixture
def read(browser: Callable[..., Any], administrator: SampleUser) -> Callable[..., list[list[str]]]:
    """Downloads a file as the administrator and returns its rows without the head."""

    def rows(path: str, **query: Any) -> list[list[str]]:
        asked = "&".join(f"{name}={value}" for name, value in {"from": TODAY, "to": TODAY, **query}.items())
        answer = browser(administrator).get(f"{PATH}/{path}.csv?{asked}")
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert b";" in answer.content
        assert answer.content.endswith(b"\r\n")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))[1:]

    return rows


def some_days_ago(platform: Platform, organisation: SampleOrganisation) -> None:
    """Let what has been counted so far have happened three days ago."""
    do_job(platform, "core.event-days")
    with platform.database.transaction(organisation.id) as connection:
        for table in ("event_day_totals", "event_days"):
            connection.execute(text(f"UPDATE {table} SET day = day - 3"))


@pytest.mark.feature("P5")
def test_fifteen_accounts_and_one_more_are_sixteen(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, read: Any, show: Any
) -> None:
    """The guide's example: ingående 15, förändring 1, utgående 16. A closed account goes, and comes back opened."""
    for number in range(15 - len(organisation.rows("SELECT 1 FROM users"))):
        in_work(platform, administrator, create_user, email=f"p{number}@habo.example", name=f"Person {number}")
    some_days_ago(platform, organisation)
    new = in_work(platform, administrator, create_user, email="ny@habo.example", name="Ny")
    assert read("files/accounts")[0][1:] == ["15", "1", "0", "1", "16"]
    assert "Ingående Nya Stängda Förändring Utgående 15 +1 0 +1 16" in show()
    in_work(platform, administrator, update_user, new.id, active=False)
    assert read("files/accounts")[0][1:] == ["15", "1", "1", "0", "15"]
    in_work(platform, administrator, update_user, new.id, name="Nyare")
    in_work(platform, administrator, update_user, new.id, active=True)
    assert read("files/accounts")[0][1:] == ["15", "2", "1", "1", "16"]
    yesterday = TODAY - timedelta(days=1)
    assert read("files/accounts", **{"from": yesterday, "to": yesterday})[0][1:] == ["15", "0", "0", "0", "15"]


@pytest.mark.feature("P9")
def test_no_mailbox_and_five_more_are_five(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, read: Any, show: Any
) -> None:
    """The guide's example: ingående 0, förändring fem, utgående 5; a deleted mailbox goes away again."""
    with platform.work(administrator) as work:  # the sample's own never were
        work.connection.execute(text("DELETE FROM mailboxes WHERE kind = 'function'"))
    with platform.database.transaction(organisation.id) as connection:
        do_job(platform, "core.event-days")
        for table in ("event_day_totals", "event_days", "event_months"):
            connection.execute(text(f"DELETE FROM {table} WHERE kind LIKE 'mailbox.%'"))
    made = [in_work(platform, administrator, create_mailbox, f"Brevlåda {number}") for number in range(5)]
    assert read("files/mailboxes")[0][1:] == ["0", "5", "0", "5", "5"]
    assert "Ingående Nya Borttagna Förändring Utgående 0 +5 0 +5 5" in show("/mailboxes")
    in_work(platform, administrator, delete_mailbox, made[-1].id)
    assert read("files/mailboxes")[0][1:] == ["0", "5", "1", "4", "4"]


def test_accounts_that_the_log_does_not_explain_are_told(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, show: Any
) -> None:
    """They count from the beginning, and the page says so; without any it says nothing."""
    sentence = "Händelseloggen säger inte när 2 av dem kom."
    assert sentence not in show()
    do_job(platform, "core.event-days")
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE event_day_totals SET number = number - 2 WHERE kind = 'user.created'"))
    assert sentence in show()


@pytest.mark.feature("P6", "P8")
def test_messages_are_counted_by_channel_and_direction(
    organisation: SampleOrganisation, happened: Any, read: Any, show: Any
) -> None:
    """For the organisation and for each mailbox; what was undone is not sent."""
    box, other = organisation.mailbox.id, organisation.other_mailbox.id
    happened(TODAY, "message.sent", mailbox=box, transport="sdk", times=3)
    happened(TODAY, "message.undone", mailbox=box, transport="sdk")
    happened(TODAY, "message.received", mailbox=box, transport="sdk", times=4)
    happened(TODAY, "message.received", mailbox=other, transport="fax")
    happened(TODAY - timedelta(days=1), "message.sent", mailbox=box, transport="sdk", times=9)
    assert sorted(row[1:] for row in read("files/messages")) == [["fax", "0", "1", "1"], ["sdk", "2", "4", "6"]]
    assert "sdk 2 4 6" in show()
    assert "Alla 2 5 7" in show()
    assert [row[1:] for row in read(f"mailboxes/{other}/messages")] == [["fax", "0", "1", "1"]]
    both = {row[0]: row[3:7] for row in read("files/mailbox-list")}
    assert both == {
        organisation.mailbox.name: ["0", "0", "2", "4"],
        organisation.other_mailbox.name: ["0", "1", "0", "0"],
    }


@pytest.mark.feature("P6")
def test_meetings_are_counted_by_kind(happened: Any, show: Any, read: Any) -> None:
    """Of the period alone, in words of the plugin that keeps them; a kind that it has no more keeps its name."""
    happened(TODAY, "meetings.booked", uuid4(), 3, what="room")
    happened(TODAY, "meetings.booked", uuid4(), 2, what="teams")
    happened(TODAY, "meetings.booked", uuid4(), 1, what="carrier")
    happened(TODAY - timedelta(days=40), "meetings.booked", uuid4(), 5, what="room")
    assert read("files/meetings-booked") == [["Eget mötesrum", "3"], ["Teams", "2"], ["carrier", "1"]]
    shown = show()
    assert re.search(r"Möten per sätt .*Eget mötesrum 3 .*Teams 2 .*carrier 1 .*Alla 6", shown)


@pytest.mark.feature("P3", "P4")
def test_sign_ins_and_identifications_are_counted_by_way(happened: Any, show: Any, read: Any) -> None:
    """Sign-ins by provider, under the name that people know; identifications by method."""
    happened(TODAY, "user.signed-in", provider="password", method="password", times=4)
    happened(TODAY, "user.signed-in", provider="siths", method="SITHS", times=2)
    happened(TODAY, "guest.identified", provider="eid", method="Mobilt BankID", times=3)
    happened(TODAY - timedelta(days=1), "guest.identified", provider="eid", method="Mobilt BankID")
    signed_in = read("files/sign-ins")
    assert [row[1] for row in signed_in] == ["4", "2"]
    assert signed_in[0][0] != "password"
    assert signed_in[1][0] == "siths"
    assert read("files/identifications") == [["Mobilt BankID", "3"]]
    assert "Mobilt BankID 3" in show()


@pytest.mark.feature("P7")
def test_users_and_administrators_of_each_mailbox(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, outsider: SampleUser, read: Any
) -> None:
    box = organisation.mailbox
    before = next(row for row in read("files/mailbox-list") if row[0] == box.name)
    in_work(platform, administrator, add_members, box.id, [outsider.id], administrator=True)
    after = next(row for row in read("files/mailbox-list") if row[0] == box.name)
    assert [int(cell) for cell in after[1:3]] == [int(cell) + 1 for cell in before[1:3]]


@pytest.mark.feature("P2")
def test_from_and_to_bound_every_view(happened: Any, organisation: SampleOrganisation, read: Any, show: Any) -> None:
    """The last day is included; what happened outside is not counted."""
    first, last = date(2026, 3, 10), date(2026, 4, 9)
    for day in (first - timedelta(days=1), first, last, last + timedelta(days=1)):
        happened(day, "message.sent", mailbox=organisation.mailbox.id, transport="sdk")
        happened(day, "user.signed-in", provider="password")
        happened(day, "guest.identified", method="Freja")
        happened(day, "user.created", uuid4())
        happened(day, "mailbox.created", organisation.mailbox.id)
    span = {"from": first, "to": last}
    assert sum(int(row[2]) for row in read("files/messages", **span)) == 2
    assert [row[3] for row in read("files/mailbox-list", **span) if row[0] == organisation.mailbox.name] == ["2"]
    assert read("files/sign-ins", **span)[0][1] == read("files/identifications", **span)[0][1] == "2"
    for name in ("accounts", "mailboxes"):
        assert sum(int(row[2]) for row in read(f"files/{name}", **span)) == 2
    assert "Alla 2 0 2" in show(**span)


NO_PERIODS: list[tuple[str, str]] = [
    ("from=igår", "Skriv datumet som 2026-06-01."),
    ("from=2026-02-30", "Skriv datumet som 2026-06-01."),
    ("from=2026-06-02&to=2026-06-01", "Till ska vara samma dag som Från, eller senare."),
    ("from=2010-01-01&to=2026-06-01", "Välj högst 10 år i taget."),
]


def test_a_period_that_cannot_be_shown_is_told_at_its_field(browser: Any, administrator: SampleUser) -> None:
    for query, fault in NO_PERIODS:
        answer = browser(administrator).get(f"{PATH}?{query}")
        assert answer.status_code == 422, query
        assert fault in answer.text, query


def test_a_comparison_says_how_much_more(happened: Any, organisation: SampleOrganisation, show: Any) -> None:
    """With the same days last year, or the days before."""
    day = date(2026, 6, 15)
    for when, times in ((day, 6), (date(2025, 6, 15), 4), (day - timedelta(days=1), 3)):
        happened(when, "message.sent", mailbox=organisation.mailbox.id, transport="sdk", times=times)
    span = {"from": day, "to": day}
    assert "sdk 6 0 6 +50 %" in show(**span, compare="year")
    assert "sdk 6 0 6 +100 %" in show(**span, compare="before")
    assert "%" not in show(**span, compare="")


def test_the_median_of_few_answers_or_few_users_is_not_shown(
    platform: Platform, administrator: SampleUser, organisation: SampleOrganisation, happened: Any, read: Any, show: Any
) -> None:
    """It would be about one case, or about one person; the organisation's own counts them all the same."""
    lone = in_work(platform, administrator, create_mailbox, "Ensam")
    in_work(platform, administrator, add_members, lone.id, [organisation.case_worker.id])
    in_work(platform, administrator, add_members, organisation.mailbox.id, [organisation.outsider.id])
    answer = {"transport": "sdk", "first_answer": 90 * 60}
    happened(TODAY, "message.sent", mailbox=lone.id, times=9, **answer)
    happened(TODAY, "message.sent", mailbox=organisation.mailbox.id, times=4, **answer)
    medians = {row[0]: row[-2:] for row in read("files/mailbox-list")}
    assert medians["Ensam"] == ["", ""]
    assert medians[organisation.mailbox.name] == ["4", ""]
    assert "ingen svarstid" in show(f"/mailboxes/{lone.id}")
    assert "1,5 h" not in show(f"/mailboxes/{lone.id}")
    assert all(row[1:] == ["", "0"] for row in read(f"mailboxes/{lone.id}/first-answers"))
    happened(TODAY, "message.sent", mailbox=organisation.mailbox.id, **answer)
    assert {row[0]: row[-2:] for row in read("files/mailbox-list")}[organisation.mailbox.name] == ["5", "90"]
    assert "Tid till första svar 1,5 h" in show()
    assert "1,5 h" in show(f"/mailboxes/{organisation.mailbox.id}")


def test_what_waits_is_told_by_age_channel_and_mailbox(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, read: Any, show: Any
) -> None:
    """Open cases and those that nobody has taken, now."""
    organisation.arrive()
    in_work(platform, case_worker, take, organisation.arrive())
    (row,) = read("files/waiting")
    assert row[1:] == ["2", "0", "0", "0", "2", "1"]
    assert "Otilldelade nu 1 äldst från i dag" in show()
    assert "1 i dag" in show("/mailboxes")
    assert read(f"mailboxes/{organisation.mailbox.id}/waiting")[0][1:] == row[1:]
    assert read(f"mailboxes/{organisation.other_mailbox.id}/waiting") == []


@pytest.mark.feature("P1")
def test_only_administrators_of_the_organisation_see_statistics(
    browser: Any,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Pages and files, by every role; the mailbox of another organisation, a person or nobody is not found."""
    box = organisation.mailbox.id
    paths = ["", "/mailboxes", f"/mailboxes/{box}", f"/mailboxes/{box}/messages.csv"]
    paths += [f"/files/{name}.csv" for name in FILES]
    for path in paths:
        assert browser(administrator).get(f"{PATH}{path}").status_code == 200, path
        for person in (case_worker, mailbox_administrator):
            assert browser(person).get(f"{PATH}{path}").status_code == 403, path
        assert browser(None).get(f"{PATH}{path}").status_code in {302, 303, 401}, path
    for foreign in (f"/mailboxes/{box}", f"/mailboxes/{box}/messages.csv"):
        assert browser(other_administrator).get(f"{PATH}{foreign}").status_code == 404
    for unknown in (uuid4(), case_worker.personal_id):
        assert browser(administrator).get(f"{PATH}/mailboxes/{unknown}").status_code == 404
    assert browser(administrator).get(f"{PATH}/files/persons.csv").status_code == 404
    assert browser(administrator).get(f"{PATH}/mailboxes/{box}/sign-ins.csv").status_code == 404
    assert str(box) not in browser(other_administrator).get(f"{PATH}/mailboxes").text


@pytest.mark.feature("P1", "O11")
def test_the_menu_has_the_line_for_administrators_alone(browser: Any, administrator: SampleUser) -> None:
    assert f'href="{PATH}"' in browser(administrator).get("/organisation").text


def test_mailboxes_are_shown_fifty_at_a_time(platform: Platform, administrator: SampleUser, show: Any) -> None:
    with platform.work(administrator) as work:
        for number in range(51):
            create_mailbox(work, f"Zon {number:02}")
    assert "Zon 10" in show("/mailboxes")
    assert "Zon 50" not in show("/mailboxes")
    assert "Zon 50" in show("/mailboxes", page=2)
    assert "51 till 53 av 53" in show("/mailboxes", page=2)
    assert "Zon 10" in show("/mailboxes", page="9" * 5000)
    assert "Zon 50" in show("/mailboxes", q="zon 50")
    assert "Zon 10" not in show("/mailboxes", q="zon 50")
    assert "Ingen brevlåda heter så." in show("/mailboxes", q="xyz")


def test_no_person_is_named(organisation: SampleOrganisation, case_worker: SampleUser, show: Any, read: Any) -> None:
    """Neither in pages nor in files; who is signed in stands in the menu alone."""
    with organisation.platform.work(case_worker) as work:
        for kind in ("message.sent", "user.signed-in", "user.created", "mailbox.created"):
            record(work, kind, organisation.mailbox.id, mailbox=str(organisation.mailbox.id), transport="sdk")
    texts = [show(), show("/mailboxes"), show(f"/mailboxes/{organisation.mailbox.id}")]
    texts += [str(read(f"files/{name}")) for name in FILES]
    for content in texts:
        assert case_worker.name not in content
        assert case_worker.email not in content


def counts(platform: Platform, organisation_id: UUID) -> list[Any]:
    with platform.database.transaction(organisation_id) as connection:
        return sorted(map(tuple, connection.execute(text("SELECT * FROM event_months WHERE number <> 0"))), key=str)


def test_the_command_counts_anew(platform: Platform, organisation: SampleOrganisation, happened: Any) -> None:
    """All organisations, or one of them; an unknown one is told."""
    happened(TODAY, "message.sent", mailbox=organisation.mailbox.id, transport="sdk", times=3)
    do_job(platform, "core.event-days")
    before = counts(platform, organisation.id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE event_months SET number = 77"))
    command = group(platform.plugins.host("statistics"))
    for arguments in ([], ["--org", organisation.slug]):
        result = CliRunner().invoke(command, ["rebuild", *arguments], catch_exceptions=False)
        assert organisation.slug in result.output
        assert counts(platform, organisation.id) == before
    with pytest.raises(NotFound):
        CliRunner().invoke(command, ["rebuild", "--org", "ingen"], catch_exceptions=False)
