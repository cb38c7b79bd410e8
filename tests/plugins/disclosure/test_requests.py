"""All about one person: what is found, what is held back, and a package that lasts a while."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text as sql

from budkavle import Address, Conflict, File, Forbidden, Host, Invalid, NotFound, Person
from budkavle.cases.actions import bin_case
from budkavle.cases.teamwork.restricting import lift_as_administrator, restrict
from budkavle.messaging import read_case
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_disclosure import finding, package, requests, selection
from budkavle_disclosure.selection import Selection

Browse = Callable[..., Any]
PATH = "/plugin/disclosure/requests"
TODAY = datetime.now(ZoneInfo("Europe/Stockholm")).date()
EVA = selection.Person("Eva Holmberg", "19810513-9870", "eva@holmberg.example", "070-123 45 67")
GROUND = "OSL 26 kap. 1 §"
SECRET = "Hemligatan"


def ask(host: Host, actor: SampleUser, person: selection.Person = EVA) -> requests.Request:
    return requests.find_request(host, actor, requests.create_request(host, actor, person, TODAY))


def choose(host: Host, actor: SampleUser, *case_ids: UUID, **more: Any) -> requests.Request:
    """A request in which these cases are ticked."""
    request = ask(host, actor)
    requests.keep_selection(host, actor, request, Selection(cases=tuple(map(str, case_ids)), **more))
    return requests.find_request(host, actor, request.id)


def packed(host: Host, actor: SampleUser, request: requests.Request) -> zipfile.ZipFile:
    package.make_package(host, actor, request, "sv")
    chunks = requests.take_package(host, actor, request)
    return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))


def told(file: zipfile.ZipFile) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(file.read("registerutdrag.json"))
    return values


@pytest.mark.feature("ZR5")
def test_a_person_is_found_by_every_spelling(
    host: Host,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    clerk: SampleUser,
) -> None:
    """By name, address, number and person, however it is written; nobody else's case, and nothing of others."""
    spellings: list[dict[str, Any]] = [
        {"subject": "Ansökan från Eva Holmberg"},
        {"sender": Address("fake", "eva@holmberg.example")},
        {"sender": Address("fake", "+46701234567")},
        {"persons": (Person("personnummer", "198105139870"),)},
        {"persons": (Person("personnummer", "810513-9870"),)},
    ]
    cases = [organisation.arrive(**more) for more in spellings]
    organisation.arrive("Ansökan från Eva Lund")
    for more in spellings:
        other_organisation.arrive(**more)
    hits = finding.find_hits(host, clerk, EVA, uuid4())
    assert sorted(case.id for case in hits.cases) == sorted(cases)


def test_accounts_and_address_books_are_searched(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser
) -> None:
    """Somebody who works here has an account too, and a contact stands in an address book."""
    person = selection.Person("Vårdcentralen", email=organisation.colleague.user.email)
    hits = finding.find_hits(host, clerk, person, uuid4())
    assert [user.id for user in hits.accounts] == [organisation.colleague.user_id]
    assert "Vårdcentralen" in [contact.name for contact in hits.contacts]


@pytest.mark.feature("ZR5")
def test_texts_and_the_bin_are_searched_too(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a job that goes on where it was; what is found is shown with the spelling, and is in the package."""
    platform, worker = organisation.platform, organisation.case_worker
    text = organisation.arrive("Anmälan", body="Det rör eva\nholmberg.")
    binned = organisation.arrive("Ansökan från Eva Holmberg", body="Slängd.")
    in_work(platform, worker, bin_case, binned)
    gone = organisation.add_mailbox("Nedlagd", worker)
    hidden = organisation.arrive("Om 19810513-9870", body="Eva Holmberg", mailbox_id=gone.id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(sql("UPDATE mailboxes SET deleted_at = now() WHERE id = :id"), {"id": gone.id})
    pictures = (File("a.png", "image/png", b"x"), File("b.png", "image/png", b"x"))
    organisation.arrive("Annat", body="Eva Holm", files=pictures)
    listed = organisation.arrive("Lista", files=(File("lista.csv", "text/csv", b"1;Eva Holmberg"), *pictures[:1]))
    request = ask(host, clerk)
    monkeypatch.setattr(finding, "PAGE", 1)
    monkeypatch.setattr(finding, "PAGES", 3)
    assert (request.texts_read, request.texts_done_at) == (0, None)
    assert [do_job(platform, "disclosure.texts") for _ in range(4)] == [3, 2, 0, 0]
    request = requests.find_request(host, clerk, request.id)
    assert (request.texts_read, set(request.texts["Eva Holmberg"])) == (5, {text, binned, hidden, listed})
    assert request.unread_files == 3
    assert request.texts_done_at
    assert len(organisation.log_entries("disclosure.texts-searched")) == 1
    (stored,) = organisation.rows("SELECT texts_found FROM disclosure_requests")
    assert str(text).encode() not in bytes(stored.texts_found)
    assert str(text) in organisation.exported("disclosure_requests")[0]["texts_found"]["Eva Holmberg"]
    hits = finding.find_hits(host, clerk, EVA, request.id, request.texts)
    assert {case.id: case.is_binned for case in hits.cases} == {text: False, binned: True, listed: False, hidden: False}
    ids = tuple(str(case.id) for case in hits.cases)
    requests.keep_selection(host, clerk, request, Selection(cases=ids))
    values = told(packed(host, clerk, requests.find_request(host, clerk, request.id)))
    assert {"Slängd.", "Det rör eva\nholmberg.", "Eva Holmberg"} <= {
        m["text"] for case in values["cases"] for m in case["messages"]
    }
    requests.close_request(host, clerk, request)
    with host.transaction(organisation.id) as connection:
        connection.execute(sql("UPDATE disclosure_requests SET closed_at = now() - interval '100 days'"))
    do_job(platform, "disclosure.forget")
    (stored,) = organisation.rows("SELECT texts_found FROM disclosure_requests")
    assert stored.texts_found is None


@pytest.mark.feature("ZR5", "E22")
def test_of_a_restricted_case_the_desk_knows_that_it_is_there(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, administrator: SampleUser, browse: Browse
) -> None:
    """By subject and by text: its number and mailbox, and what to do; nothing of it is given out until it is lifted."""
    platform, worker = organisation.platform, organisation.case_worker
    by_subject = organisation.arrive("Flytt för Eva Holmberg", body=SECRET)
    by_text = organisation.arrive("Flytt", body=f"Eva Holmberg, {SECRET}")
    chosen = choose(host, clerk, by_subject)
    for case_id in (by_subject, by_text):
        in_work(platform, worker, restrict, case_id, [worker.user_id], "Skyddad")
    while do_job(platform, "disclosure.texts"):
        pass
    request = requests.find_request(host, clerk, chosen.id)
    hits = finding.find_hits(host, clerk, EVA, request.id, request.texts)
    assert hits.cases == []
    numbers = [row.number for row in organisation.rows("SELECT number FROM cases ORDER BY number")]
    assert [case.number for case in hits.restricted] == numbers
    page = browse(clerk).get(f"{PATH}/{request.id}").text
    assert "2 ärenden är begränsade till utvalda personer" in page
    assert "häva begränsningen" in page
    assert all(number in page for number in numbers)
    assert "Flytt" not in page
    assert SECRET not in page
    with pytest.raises(Conflict, match="utvalda personer"):
        package.make_package(host, clerk, request, "sv")
    assert browse(clerk).get(f"{PATH}/{request.id}/content").status_code == 409
    for case_id in (by_subject, by_text):
        in_work(platform, administrator, lift_as_administrator, case_id, "Begäran om registerutdrag")
    assert {case.id for case in finding.find_hits(host, clerk, EVA, request.id, request.texts).cases} == {
        by_subject,
        by_text,
    }


@pytest.mark.feature("ZR5")
def test_the_package_has_what_article_15_asks_for(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser
) -> None:
    """Purposes, categories, recipients, time, rights and IMY, source, decisions, third countries, and the copy."""
    case_id = organisation.arrive("Ansökan från Eva Holmberg", body="Jag söker plats.")
    in_work(organisation.platform, organisation.case_worker, read_case, case_id)
    file = packed(host, clerk, choose(host, clerk, case_id, accounts=(str(organisation.colleague.user_id),)))
    values = told(file)
    heads = " ".join(head for head, _ in values["sections"])
    for word in ("Ändamål", "Kategorier", "Mottagare", "Lagringstid", "kommer", "beslut", "tredjeland", "rättigheter"):
        assert word in heads
    assert "IMY" in values["sections"][-1][1]
    assert {"Postlistor", "Registerutdrag"} <= {row[0] for row in values["processing"]}
    assert all(row[1] and row[2] and row[3] for row in values["processing"])
    assert values["cases"][0]["messages"][0]["text"] == "Jag söker plats."
    request = organisation.exported("disclosure_requests")[0]
    assert request["person"]["name"] == EVA.name
    assert request["selection"]["cases"] == [str(case_id)]
    assert [row[2] for row in values["openings"]] == [organisation.mailbox.name] * 2
    assert organisation.case_worker.name not in json.dumps(values["openings"])
    assert values["accounts"] == [[organisation.colleague.name, organisation.colleague.user.email]]
    assert file.read("registerutdrag.pdf").startswith(b"%PDF")


@pytest.mark.feature("ZR5")
def test_what_is_held_back_is_not_in_the_package(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser
) -> None:
    """A message with a ground, words of others, and files that nobody ticked."""
    files = (File("eget.txt", "text/plain", b"mitt"), File("annans.txt", "text/plain", SECRET.encode()))
    open_case = organisation.arrive(f"Eva och {SECRET.upper()}", body=f"Se {SECRET}.", files=files)
    held_case = organisation.arrive("Anmälan", body=SECRET)
    views = finding.read_cases(host, clerk, [open_case, held_case])
    own = views[0].thread[0].message.attachments[0]
    held = {str(views[1].thread[0].message.id): GROUND}
    words = {"words": (SECRET,), "words_ground": "GDPR art. 15.4"}
    request = choose(host, clerk, open_case, held_case, held=held, files=(str(own.id),), **words)
    file = packed(host, clerk, request)
    subjects = [message["subject"] for case in told(file)["cases"] for message in case["messages"]]
    assert subjects == ["Eva och [maskerat: GDPR art. 15.4]", f"[maskerat: {GROUND}]"]
    names = [name for name in file.namelist() if name.startswith("bilagor/")]
    assert [name.rpartition("/")[2] for name in names] == ["1-eget.txt"]
    assert file.read(names[0]) == b"mitt"
    assert not any(SECRET.lower().encode() in file.read(name).lower() for name in file.namelist())


@pytest.mark.feature("ZR5")
def test_the_package_is_sealed_and_lasts_a_while(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, tmp_path: Any
) -> None:
    """Nothing of it lies in the open; it can be downloaded three times; the job destroys what is over."""
    case_id = organisation.arrive("Ansökan", body=SECRET)
    request = choose(host, clerk, case_id)
    package.make_package(host, clerk, request, "sv")
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert stored
    assert not any(SECRET.encode() in content or b"registerutdrag" in content for content in stored)
    for _ in range(3):
        assert b"".join(requests.take_package(host, clerk, request)).startswith(b"PK")
    with pytest.raises(NotFound):
        requests.take_package(host, clerk, request)
    assert do_job(organisation.platform, "disclosure.forget") == 0, "the last download may still be under way"
    (row,) = organisation.rows("SELECT file_until - now() < interval '61 minutes' AS soon FROM disclosure_requests")
    assert row.soon
    organisation.rows("UPDATE disclosure_requests SET file_until = now() RETURNING 1")
    assert do_job(organisation.platform, "disclosure.forget") == 1
    assert organisation.rows("SELECT 1 FROM owned_files") == []
    package.make_package(host, clerk, request, "sv")
    assert do_job(organisation.platform, "disclosure.forget") == 0
    organisation.rows("UPDATE disclosure_requests SET file_until = now() - interval '1 minute' RETURNING 1")
    assert do_job(organisation.platform, "disclosure.forget") == 1
    assert organisation.rows("SELECT 1 FROM owned_files") == []
    with pytest.raises(NotFound):
        requests.take_package(host, clerk, request)


def test_a_closed_request_is_forgotten(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """Its package goes at once, the person after the days of the setting."""
    request = choose(host, clerk, organisation.arrive("Ansökan"))
    package.make_package(host, clerk, request, "sv")
    requests.close_request(host, clerk, request)
    assert organisation.rows("SELECT 1 FROM owned_files") == []
    assert do_job(organisation.platform, "disclosure.forget") == 0
    organisation.rows("UPDATE disclosure_requests SET closed_at = now() - interval '91 days' RETURNING 1")
    assert do_job(organisation.platform, "disclosure.forget") == 1
    forgotten = requests.find_request(host, clerk, request.id)
    assert (forgotten.person, forgotten.selection) == (None, Selection())


@pytest.mark.parametrize(
    ("day", "due"), [("2026-01-31", "2026-02-28"), ("2026-03-15", "2026-04-15"), ("2026-12-31", "2027-01-31")]
)
def test_the_last_day_is_a_month_later(day: str, due: str) -> None:
    """The same day of the next month, or its last one."""
    assert requests.month_after(date.fromisoformat(day)) == date.fromisoformat(due)


def test_nobody_else_asks(host: Host, organisation: SampleOrganisation) -> None:
    """Members of mailboxes do not; a request needs a name and a day that has been."""
    with pytest.raises(Forbidden):
        ask(host, organisation.case_worker)
    with pytest.raises(Invalid):
        ask(host, organisation.administrator, selection.Person(""))
    with pytest.raises(Invalid):
        requests.create_request(host, organisation.administrator, EVA, TODAY + timedelta(days=5))


FINDING_NOTHING: list[tuple[str, str]] = [
    ("name", ""),
    ("name", "E" * 201),
    ("personnummer", "19810513-9879"),
    ("personnummer", "1" * 201),
    ("email", "eva@holmberg"),
    ("phone", "0" * 201),
    ("organisation", "O" * 201),
    ("spellings", "Ewa\n" * 21),
    ("received_on", "0001-01-01"),
]


def test_what_would_find_nothing_is_said_at_its_field(browse: Browse, clerk: SampleUser) -> None:
    """A number with a wrong digit would find nothing, and its owner would be told that there is nothing."""
    typed = {"received_on": TODAY.isoformat(), "name": "Eva", "personnummer": "19810513-9870", "spellings": "Ewa"}
    for field, value in FINDING_NOTHING:
        answer = browse(clerk).post(PATH, **{**typed, field: value})
        assert answer.status_code == 422, field
        assert re.findall(r'id="([a-z_]+)-error"', answer.text) == [field], field


def test_the_event_log_has_no_content(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """Each step is there; neither the person nor a text."""
    request = choose(host, clerk, organisation.arrive("Om Eva Holmberg"), words=(SECRET,), words_ground=GROUND)
    packed(host, clerk, request)
    kinds = {kind for kind in organisation.log_kinds() if kind.startswith("disclosure.")}
    steps = ("request-made", "request-judged", "case-read", "package-made", "package-downloaded")
    assert kinds == {f"disclosure.{step}" for step in steps}
    text = " ".join(entry for kind in kinds for entry in organisation.log_entries(kind))
    assert not any(word in text for word in ("Holmberg", SECRET, "9870"))


ROUTES = (
    ("get", ""),
    ("get", "/new"),
    ("post", ""),
    ("get", "/{id}"),
    ("post", "/{id}"),
    ("get", "/{id}/content"),
    ("post", "/{id}/content"),
    ("post", "/{id}/package"),
    ("post", "/{id}/download"),
    ("post", "/{id}/close"),
)


def test_every_route_by_every_role(
    host: Host, organisation: SampleOrganisation, browse: Browse, clerk: SampleUser, request: Any
) -> None:
    """403 for those who do not work at the desk, 404 for other organisations' requests, sign-in for strangers."""
    for method, path in ROUTES:
        there = PATH + path.format(id=choose(host, clerk, organisation.arrive("Ansökan")).id)
        for user in ("case_worker", "colleague", "mailbox_administrator"):
            assert getattr(browse(request.getfixturevalue(user)), method)(there).status_code == 403, (method, path)
        other = getattr(browse(request.getfixturevalue("other_administrator")), method)(there).status_code
        assert other == 404 if "{id}" in path else other in (200, 422), (method, path)
        assert getattr(browse(), method)(there).status_code in (302, 303, 401, 403), (method, path)
        allowed = getattr(browse(clerk), method)(there).status_code
        assert allowed == 404 if "download" in path else allowed in (200, 303, 422), (method, path)


@pytest.mark.parametrize("step", ["package", "download"])
def test_a_package_needs_a_fresh_sign_in(
    host: Host, organisation: SampleOrganisation, browse: Browse, clerk: SampleUser, step: str
) -> None:
    """Somebody who showed who they are this morning shows it again."""
    request = choose(host, clerk, organisation.arrive("Ansökan"))
    package.make_package(host, clerk, request, "sv")
    page = browse(clerk)
    organisation.rows("UPDATE sessions SET identified_at = now() - interval '2 hours' RETURNING 1")
    answer = page.post(f"{PATH}/{request.id}/{step}")
    assert not answer.content.startswith(b"PK")
    assert answer.status_code in (303, 403)
    assert requests.find_request(host, clerk, request.id).downloads_left == 3


def test_the_pages(organisation: SampleOrganisation, browse: Browse, clerk: SampleUser) -> None:
    """Enter a request, tick a case, hold a message back, make the package and take it."""
    case_id = organisation.arrive("Om Eva Holmberg", body=f"Granne: {SECRET}")
    page = browse(clerk)
    made = page.post(PATH, name="Eva Holmberg", received_on=TODAY.isoformat(), spellings="Eva H")
    here = made.headers["location"]
    assert "Holmberg" not in here
    assert str(case_id) in page.get(here).text
    assert page.post(here, cases=[str(case_id), str(uuid4())]).headers["location"] == f"{here}/content"
    assert SECRET in page.get(f"{here}/content").text
    assert page.post(f"{here}/content", words=SECRET).status_code == 422
    assert page.post(f"{here}/content", words=SECRET, ground="GDPR art. 15.4").status_code == 303
    assert page.post(f"{here}/package", language="sv").status_code == 303
    file = zipfile.ZipFile(io.BytesIO(page.post(f"{here}/download").content))
    assert SECRET not in file.read("registerutdrag.json").decode()
    assert "Paketet" in page.get(PATH).text
    assert page.post(f"{here}/close").status_code == 303
    assert page.post(f"{here}/package").status_code == 409
