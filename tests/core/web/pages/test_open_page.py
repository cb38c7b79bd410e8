"""A page that is open: what may change on it is fetched by pieces that it has, and the next step is near at hand."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases import actions
from budkavle.model.messages import Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


class Enqueuing(FakeTransport):
    """A transport whose peer takes a message and lets it wait."""

    def send(self, outgoing: Outgoing) -> Outcome:
        super().send(outgoing)
        return Outcome(DeliveryState.SEND_ENQUEUED)


@pytest.fixture
def fake_transport() -> FakeTransport:
    return Enqueuing()


@pytest.fixture
def ada(browse: Callable[..., Any], case_worker: SampleUser) -> Any:
    """Her browser."""
    return browse(case_worker)


def ids(page: str) -> set[str]:
    return set(re.findall(r'\sid="([^"]+)"', page))


def piece(page: str, name: str) -> str:
    """Return the part of a page from the element of this id up to the next one that has an id."""
    return page.partition(f'id="{name}"')[2].partition(' id="')[0]


def address_in(page: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


@pytest.mark.feature("E4", "S7")
def test_an_open_case_is_told_of_every_change(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, ada: Any
) -> None:
    """How its message fares, who has taken it, its log, and that more has come; all of it has its place on the page."""
    conversation = str(uuid4())
    case_id = organisation.arrive(conversation_id=conversation)
    (asked,) = organisation.rows("SELECT id FROM messages WHERE case_id = :id", id=case_id)
    answer = organisation.send(case_worker, "Sv", reply_to=asked.id)
    page = ada.get(f"/c/{case_id}").text
    url = address_in(page, "data-now-url")
    assert ids(ada.get(url).text) <= ids(page)
    (delivery,) = organisation.rows("SELECT id FROM deliveries")
    assert "Väntar på att skickas" not in ada.get(url).text
    deliver_due(organisation.platform)
    underway = ada.get(url).text
    for part in (f"to-{delivery.id}", f"state-{answer.id}"):  # unfolded, and on the line of a folded message
        assert "Väntar på att skickas" in piece(underway, part)
    organisation.rows("UPDATE cases SET holder_id = NULL WHERE id = :id", id=case_id)
    in_work(organisation.platform, colleague, actions.take, case_id)
    taken = ada.get(url).text
    assert ids(taken) <= ids(page)
    assert colleague.name in piece(taken, "casebar")
    assert f"{colleague.name} tog ärendet" in piece(taken, "history")
    organisation.arrive("Ännu ett", conversation_id=conversation, body="Läses först när det öppnas.")
    more = ada.get(url).text
    assert "nytt meddelande" in piece(more, "arrived")
    assert "nytt meddelande" not in piece(taken, "arrived")
    assert "Läses först" not in more


@pytest.mark.feature("E4", "S7")
def test_the_list_of_what_was_sent_is_told_of_every_change(
    organisation: SampleOrganisation, case_worker: SampleUser, ada: Any
) -> None:
    """The script of an open page asks its own address, and gets the rows alone, as they are now."""
    organisation.send(case_worker, "Fråga")
    page = ada.get(f"/m/{organisation.mailbox.id}/sent").text
    url = address_in(page, "data-now-url")
    deliver_due(organisation.platform)
    rows = ada.get(url, **{"hx-request": "true"}).text
    assert "<html" not in rows
    assert "Väntar på att skickas" in rows
    assert {one for one in ids(rows) if one.startswith("row-")} == {one for one in ids(page) if one.startswith("row-")}


@pytest.mark.feature("E4")
def test_counts_and_what_the_title_says_follow(
    organisation: SampleOrganisation, case_worker: SampleUser, ada: Any
) -> None:
    """Of any page: what waits for the reader, which the title shows, and the count beside the mailbox."""
    before = ada.get("/counts").text
    assert "data-to-do" not in before
    case_id = organisation.arrive()
    waits = ada.get("/counts").text
    assert address_in(waits, "data-to-do") == "1"
    assert '<span class="n hot">1</span>' in waits
    of_list = address_in(ada.get(f"/m/{organisation.mailbox.id}").text, "data-counts-url")
    assert address_in(ada.get(of_list).text, "data-to-do") == "1"
    in_work(organisation.platform, case_worker, actions.take, case_id)
    assert '<span class="n hot">1</span>' not in ada.get("/counts").text


@pytest.mark.feature("F16")
def test_a_case_opens_in_a_tab_of_its_own(organisation: SampleOrganisation, ada: Any) -> None:
    """By a link to the case alone, without the list that it stands beside here."""
    case_id = organisation.arrive()
    page = ada.get(f"/c/{case_id}?scope=untaken").text
    (link,) = re.findall(r"<a [^>]*>(?:(?!</a>).)*Öppna i ny flik(?:(?!</a>).)*</a>", page, re.DOTALL)
    assert address_in(link, "href") == f"/c/{case_id}"
    assert address_in(link, "target") == "_blank"
    assert "Begäran om handling" in ada.get(f"/c/{case_id}").text


@pytest.mark.feature("E8")
def test_svara_is_five_presses_from_the_opened_case_at_most(organisation: SampleOrganisation, ada: Any) -> None:
    """The focus stands at the case, and between it and Svara is nothing but the way back and the case's own steps."""
    page = ada.get(f"/c/{organisation.arrive()}").text
    opened = page[page.index('<article class="read"') :]
    assert 'tabindex="-1"' in opened[: opened.index(">")]
    before = opened[: opened.index("Svara")]
    assert len(re.findall(r"<(?:a|button|summary|select|textarea|input(?! type=.hidden))\b", before)) <= 5
    assert 'data-key="r"' in before
