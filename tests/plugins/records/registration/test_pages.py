"""The pages: what is to be registered, the register, one message, and how it goes for the administrator."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Loa
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_records.registration.outcomes import Outcome

PATH = "/plugin/records/registration"
Browse = Callable[..., Any]


def rows(answer: Any) -> list[list[str]]:
    """Return the rows of a CSV file, without its head."""
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))[1:]


@pytest.mark.feature("ZR2")
def test_what_is_late_comes_first(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """The list has a line in the navigation with a count, and says what is late."""
    late, soon = register.arrive("Sen begäran"), register.arrive("Ny begäran")
    register.age(late.message_id)
    page = browse(case_worker).get(PATH).text
    assert page.index("Sen begäran") < page.index("Ny begäran")
    assert "2 meddelanden väntar" in page
    assert "Ett är försenat" in page
    menu = browse(case_worker).get("/help").text
    assert re.search(r'href="/plugin/records/registration"[^>]*>.*?Att registrera.*?2', menu, re.DOTALL)
    register.settle(case_worker, late.message_id, soon.message_id)
    assert "Inget väntar på att registreras" in browse(case_worker).get(PATH).text


@pytest.mark.feature("ZR2")
def test_several_are_decided_about_at_once(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """From the list, with a form; what is wrong stands at its field with everything kept."""
    ids = [str(register.arrive().message_id) for _ in range(3)]
    browser = browse(case_worker)
    refused = browser.post(f"{PATH}/settle", message=ids, outcome="registered", about="Altan", hides_about="1")
    assert refused.status_code == 422
    assert "Skriv diarienumret." in refused.text
    assert 'value="Altan"' in refused.text
    done = browser.post(f"{PATH}/settle", message=ids[:2], outcome="minor")
    assert done.headers["location"] == f"{PATH}?said=settled"
    assert [register.of(UUID(message_id)).outcome for message_id in ids] == [
        Outcome.MINOR,
        Outcome.MINOR,
        None,
    ]
    unticked = browser.post(f"{PATH}/settle", outcome="registered", number="KS 2026/9", about="Altan")
    assert unticked.status_code == 422
    assert "Kryssa i minst ett meddelande först." in unticked.text
    assert "data-focus" in unticked.text
    assert 'value="KS 2026/9"' in unticked.text
    assert 'value="Altan"' in unticked.text
    conflict = browser.post(f"{PATH}/settle", message=ids, outcome="registered", number="KS 2026/3")
    assert conflict.status_code == 422
    assert "Någon har redan beslutat" in conflict.text
    assert register.of(UUID(ids[2])).outcome is None


@pytest.mark.feature("ZR2")
def test_in_the_case(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """The case says by when, has the form, and afterwards the number; its log says who."""
    known = register.arrive()
    browser = browse(case_worker)
    case = browser.get(f"/c/{known.case_id}").text
    assert "Att registrera senast" in case
    assert f'name="message" value="{known.message_id}"' in case
    fields = {"message": str(known.message_id), "case": str(known.case_id), "outcome": "registered", "number": "KS 7"}
    assert browser.post(f"{PATH}/settle", **fields).headers["location"] == f"/c/{known.case_id}"
    case = browser.get(f"/c/{known.case_id}").text
    assert "KS 7" in case
    assert f"{case_worker.name} registrerade ett meddelande" in case
    assert "Att registrera senast" not in case
    english = browser.get(f"/c/{known.case_id}", **{"accept-language": "en"})
    assert english.status_code == 200


@pytest.mark.feature("ZR2")
def test_the_register_is_found_by_number_and_day(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """Its file has what OSL 5:2 asks for, and leaves out what is to be left out."""
    open_, hidden = register.arrive("Altan"), register.arrive("Hemligt")
    register.settle(case_worker, open_.message_id, number="KS 2026/1")
    more = {"about": "Orosanmälan", "hides_sender": True, "hides_about": True}
    register.settle(case_worker, hidden.message_id, number="KS 2026/2", **more)
    browser = browse(case_worker)
    page = browser.get(f"{PATH}/register?q=ks+2026/1").text
    assert "Altan" in page
    assert "KS 2026/2" not in page
    today = datetime.now(UTC).date()
    assert "Altan" not in browser.get(f"{PATH}/register?since={today + timedelta(days=2)}").text
    assert "Altan" in browser.get(f"{PATH}/register?since={today - timedelta(days=1)}&outcome=registered").text
    assert browser.get(f"{PATH}/register?since=0001-01-01&until=9999-12-31").status_code == 200
    first, second = rows(browser.get(f"{PATH}/register.csv"))
    assert first[1:4] == ["KS 2026/1", "Region Jönköpings län · Vårdcentralen Bankeryd", "Altan"]
    assert second[1:4] == ["KS 2026/2", "Utelämnat (5 kap. 2 § OSL)", "Utelämnat (5 kap. 2 § OSL)"]
    assert "Orosanmälan" not in browser.get(f"{PATH}/register").text
    assert "Orosanmälan" in browser.get(f"{PATH}/m/{hidden.message_id}").text
    assert "records.register-exported" in register.organisation.log_kinds()


@pytest.mark.feature("ZR2")
def test_a_correction_on_the_page(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """It needs a reason, and every decision stays on the page."""
    known = register.arrive()
    register.settle(case_worker, known.message_id)
    browser, url = browse(case_worker), f"{PATH}/m/{known.message_id}"
    refused = browser.post(url, outcome="registered", number="KS 2026/2")
    assert refused.status_code == 422
    assert "Skriv varför det ändras" in refused.text
    done = browser.post(url, outcome="registered", number="KS 2026/2", reason="Skrev fel")
    assert done.status_code == 303
    page = browser.get(url).text
    assert "KS 2026/1" in page
    assert "KS 2026/2" in page
    assert "Skrev fel" in page


def test_what_is_waiting_as_a_file_and_by_mailbox(
    register: Any, organisation: SampleOrganisation, browse: Browse, case_worker: SampleUser
) -> None:
    """The filter has the visitor's own mailboxes, and a foreign one is not found."""
    other = organisation.add_mailbox("Registrator", case_worker)
    register.arrive("Till nämnden")
    register.arrive("Till registrator", mailbox_id=other.id)
    browser = browse(case_worker)
    assert [row[3] for row in rows(browser.get(f"{PATH}/waiting.csv?mailbox={other.id}"))] == ["Till registrator"]
    assert len(rows(browser.get(f"{PATH}/waiting.csv"))) == 2
    assert "Till nämnden" not in browser.get(f"{PATH}?mailbox={other.id}").text
    for foreign in (organisation.other_mailbox.id, uuid4()):
        assert browser.get(f"{PATH}?mailbox={foreign}").status_code == 404
        assert browser.get(f"{PATH}/waiting.csv?mailbox={foreign}").status_code == 404
        assert browser.get(f"{PATH}/register?mailbox={foreign}").status_code == 404


def test_a_message_of_a_higher_level_is_not_shown(register: Any, browse: Browse, case_worker: SampleUser) -> None:
    """Whoever has signed in below its level sees that there is one, and neither sender nor subject."""
    known = register.arrive("Mycket hemligt", loa=Loa.THREE)
    browser = browse(case_worker)
    for path in (PATH, f"{PATH}/waiting.csv", f"{PATH}/m/{known.message_id}"):
        text = browser.get(path).content.decode()
        assert "Mycket hemligt" not in text
        assert "Visas med högre tillitsnivå" in text


def test_every_route_by_every_role(
    register: Any,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    browse: Browse,
) -> None:
    """Those who are no members find nothing; the overview is the administrators' alone."""
    known = register.arrive("Hemlig rubrik")
    one = f"{PATH}/m/{known.message_id}"
    people = {
        "administrator": organisation.administrator,
        "outsider": organisation.outsider,
        "elsewhere": other_organisation.administrator,
    }
    for name, who in people.items():
        browser = browse(who)
        assert browser.get(one).status_code == 404, name
        assert browser.post(one, outcome="minor", reason="x").status_code == 404, name
        fields = {"message": str(known.message_id), "outcome": "minor"}
        assert browser.post(f"{PATH}/settle", **fields).status_code == 404, name
        for path in (PATH, f"{PATH}/register", f"{PATH}/waiting.csv", f"{PATH}/register.csv"):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert "Hemlig rubrik" not in answer.text
        allowed = who.is_admin
        for path in (f"{PATH}/overview", f"{PATH}/overview.csv"):
            assert browser.get(path).status_code == (200 if allowed else 403), name
    assert register.of(known.message_id).outcome is None
    assert browse(organisation.case_worker).get(f"{PATH}/overview").status_code == 403
    nobody = browse(None)
    for path in (PATH, one, f"{PATH}/register", f"{PATH}/register.csv", f"{PATH}/waiting.csv", f"{PATH}/overview"):
        assert nobody.get(path).status_code in {303, 401}
    assert (
        browse(organisation.case_worker).post(f"{PATH}/settle", csrf="x", message=str(known.message_id)).status_code
        == 403
    )


@pytest.mark.feature("ZR2")
def test_how_it_goes_by_mailbox_and_month(
    register: Any, organisation: SampleOrganisation, browse: Browse, administrator: SampleUser
) -> None:
    """In time, too late, waiting and late: numbers alone, and people's own inboxes together."""
    register.choose(personal=True)
    case_worker = organisation.case_worker
    early, late, waiting = register.arrive(), register.arrive(), register.arrive()
    register.arrive(mailbox_id=case_worker.personal_id)
    register.settle(case_worker, early.message_id)
    register.due(late.message_id, datetime.now(UTC) - timedelta(hours=1))
    register.settle(case_worker, late.message_id)
    register.due(waiting.message_id, datetime.now(UTC) - timedelta(hours=1))
    browser = browse(administrator)
    assert rows(browser.get(f"{PATH}/overview.csv")) == [
        ["Socialnämnden", "3", "1", "1", "1", "1"],
        ["Egna inkorgar", "1", "0", "0", "1", "0"],
    ]
    assert "Per månad" in browser.get(f"{PATH}/overview").text


def test_a_list_of_many_pages_takes_as_many_statements_as_a_short_one(
    register: Any, organisation: SampleOrganisation, browse: Browse, case_worker: SampleUser
) -> None:
    """A page has 50 rows, and leads to the next."""
    for _ in range(51):
        organisation.arrive()
    register.start()
    browser = browse(case_worker)
    first = browser.get(PATH)
    assert first.text.count('type="checkbox" name="message"') == 50
    assert f"{PATH}?first=50" in first.text
    second = browser.get(f"{PATH}?first=50").text
    assert second.count('type="checkbox" name="message"') == 1
    assert len(first.content) < 100_000
