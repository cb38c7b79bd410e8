"""The pane's pages: who may open them, in which frame, by what policy, and nothing of others' cases."""

from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient

from budkavle import Address, Loa
from budkavle.testing.working import deliver_due

PATH = "/plugin/outlook/outlook"
HEADERS = {"sec-fetch-site": "same-origin", "accept": "text/html"}
FRAMED, FETCHED, TOP = (HEADERS | {"sec-fetch-dest": dest} for dest in ("iframe", "empty", "document"))


def csp(answer: Any) -> str:
    """The policy of a page."""
    return str(answer.headers["content-security-policy"])


def received(house: Any, **values: Any) -> Any:
    """A message from Bo in Anna's inbox; gives its case there."""
    facts = {"recipients": (Address("secure", house.anna.email),), "body": "**Hej!**", "loa": Loa.ONE, **values}
    house.habo.send(house.bo.at(Loa.THREE), "Ärendet", mailbox_id=house.bo.personal_id, **facts)
    deliver_due(house.platform)
    (row,) = house.habo.rows("SELECT case_id FROM messages WHERE direction = 'in'")
    return row.case_id


def test_the_first_page_needs_nobody_and_has_office_js(client: TestClient[Any]) -> None:
    """Outlook opens it with what office.js must see, and only there scripts may load others."""
    opened = client.get(f"{PATH}/open", headers=FRAMED, follow_redirects=False)
    assert opened.status_code == 200
    assert "https://appsforoffice.microsoft.com/lib/1/hosted/office.js" in opened.text
    assert "trusted-types htmx app default" in csp(opened)
    assert "frame-ancestors https://outlook.office.com" in csp(opened)
    assert "strict-dynamic" in csp(opened)
    assert csp(client.get("/", headers=FRAMED, follow_redirects=False)).endswith("trusted-types htmx app"), (
        "no other page does"
    )
    alone = client.get(f"{PATH}/open", headers=TOP)
    assert "frame-ancestors 'none'" in csp(alone)
    assert "office.js" not in alone.text


@pytest.mark.feature("C2")
def test_without_a_session_one_is_led_to_sign_in_in_the_frame(house: Any, client: TestClient[Any]) -> None:
    """And a session from outside the pane is none in it."""
    client.get(f"{PATH}/open", headers=FRAMED)
    for outside in (False, True):
        client.cookies.update(house.cookie(house.anna) if outside else {})
        answer = client.get(f"{PATH}/pane", headers=FRAMED, follow_redirects=False)
        assert answer.headers["location"].startswith(f"{PATH}/tab?next=")


@pytest.mark.feature("C7", "C9")
def test_only_its_reader_reads_a_case(house: Any, client: TestClient[Any]) -> None:
    """Others' are not found; an answer is offered where the sender takes one, files where there are any."""
    case_id = received(house)
    client.cookies.update(house.cookie(house.anna, framed=True))
    page = client.get(f"{PATH}/read/{case_id}", headers=FRAMED)
    assert "<strong>Hej!</strong>" in page.text
    assert f"/c/{case_id}/reply?to=" in page.text
    assert "Öppna ny flik" not in page.text, "there are no files"
    for user in (house.kim, house.bo):
        client.cookies.clear()
        client.cookies.update(house.cookie(user, framed=True))
        for path in ("read", "files"):
            assert client.get(f"{PATH}/{path}/{case_id}", headers=FRAMED).status_code == 404
            assert client.get(f"{PATH}/{path}/{uuid4()}", headers=FRAMED).status_code == 404


@pytest.mark.feature("C9")
def test_where_the_sender_wants_no_answer_there_is_no_box(house: Any, client: TestClient[Any]) -> None:
    """The pane says so, and the address of the form is refused too."""
    case_id = received(house, reply_allowed=False)
    client.cookies.update(house.cookie(house.anna, framed=True))
    page = client.get(f"{PATH}/read/{case_id}", headers=FRAMED)
    assert "Avsändaren tar inte emot svar." in page.text
    assert "data-pane-answer" not in page.text
    assert client.get(f"/c/{case_id}/reply?frame=1", headers=FETCHED).status_code == 409


@pytest.mark.feature("C7")
def test_a_higher_level_is_asked_for_in_a_window_of_the_frame(house: Any, client: TestClient[Any]) -> None:
    """And the pane comes back to the case."""
    case_id = received(house, loa=Loa.THREE)
    client.cookies.update(house.cookie(house.anna, framed=True))
    answer = client.get(f"{PATH}/read/{case_id}", headers=FRAMED, follow_redirects=False)
    assert answer.headers["location"] == f"{PATH}/window?loa=3&next=%2Fplugin%2Foutlook%2Foutlook%2Fread%2F{case_id}"


@pytest.mark.feature("C4")
def test_the_panes_own_form_is_for_the_pane_alone(house: Any, client: TestClient[Any]) -> None:
    """Outside of the frame, and without being asked for, the page for writing is the core's."""
    client.cookies.update(house.cookie(house.anna, framed=True))
    assert "data-pane-form" in client.get("/compose?frame=1", headers=FETCHED).text
    assert "data-pane-form" not in client.get("/compose", headers=FRAMED).text
    client.cookies.clear()
    client.cookies.update(house.cookie(house.anna))
    assert "data-pane-form" not in client.get("/compose?frame=1", headers=TOP).text


def test_the_text_is_made_for_who_is_signed_in_by_a_form_of_theirs(house: Any, client: TestClient[Any]) -> None:
    """Without the token it is refused."""
    client.cookies.update(house.cookie(house.anna, framed=True))
    page = client.get(f"{PATH}/pane", headers=FRAMED).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    answer = client.post(f"{PATH}/body", data={"csrf": token, "html": "2*3*4"}, headers=FETCHED)
    assert answer.text == "2\\*3\\*4"
    assert client.post(f"{PATH}/body", data={"html": "x"}, headers=FETCHED).status_code == 403
