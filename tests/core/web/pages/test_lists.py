"""A person's own choices for lists: the order, the height of a row, and what comes after a closed case."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from budkavle.cases import actions
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

ACT = r'name="act"\s+value="(\w+)"'
FOLDERS = ("inbox", "trouble", "closed", "binned")


def subjects(page: str) -> list[str]:
    """The subjects of a list, in its order."""
    return re.findall(r'<a class="subject"[^>]*>([^<]*)</a>', page)


@pytest.fixture
def three(organisation: SampleOrganisation) -> list[UUID]:
    """Three cases, the first of which has waited longest."""
    made = [organisation.arrive(subject) for subject in ("Första", "Andra", "Tredje")]
    for hours, case_id in zip((3, 2, 1), made, strict=True):
        earlier = "UPDATE cases SET active_at = active_at - :ago WHERE id = :id"
        organisation.rows(earlier, id=case_id, ago=timedelta(hours=hours))
    return made


def choose(browser: Any, **choices: str) -> None:
    """Send the form of one's account."""
    form = {"height": "comfortable", "order": "newest", "after": "next", **choices}
    assert browser.post("/account/lists", **form).status_code == 303


@pytest.mark.feature("E6")
def test_the_one_that_has_waited_longest_comes_first(
    browse: Callable[..., Any],
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
) -> None:
    """For who chose it, also on the list's next pages, and for nobody else."""
    ada, bo = browse(case_worker), browse(colleague)
    url = f"/m/{mailbox.id}"
    assert subjects(ada.get(url).text) == ["Tredje", "Andra", "Första"]
    answer = ada.post("/account/lists/order", order="oldest", list=url)
    assert answer.headers["location"] == url
    assert subjects(ada.get(url).text) == ["Första", "Andra", "Tredje"]
    assert subjects(bo.get(url).text) == ["Tredje", "Andra", "Första"]
    assert "Äldst först" in ada.get(url).text
    choose(ada)
    assert subjects(ada.get(url).text) == ["Tredje", "Andra", "Första"]


@pytest.mark.parametrize(("field", "value"), [("height", "tall"), ("height", ""), ("order", "best"), ("order", "")])
def test_what_is_no_choice_is_refused_at_its_field(
    browse: Callable[..., Any], case_worker: SampleUser, field: str, value: str
) -> None:
    """Nothing of the form is saved: a choice that is not there does not silently become another."""
    ada = browse(case_worker)
    choose(ada, height="compact", order="oldest")
    refused = ada.post("/account/lists", **{"height": "comfortable", "order": "newest", field: value})
    assert (refused.status_code, f'id="{field}-error"' in refused.text) == (422, True)
    assert ada.get("/account").text.count('value="compact" selected') == 1
    assert ada.get("/account").text.count('value="oldest" selected') == 1
    assert ada.post("/account/lists/order", order="best", list="/").status_code == 422
    assert ada.get("/account").text.count('value="oldest" selected') == 1


def test_the_order_leads_to_no_other_place(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """The list to come back to is an address of our own."""
    answer = browse(case_worker).post("/account/lists/order", order="oldest", list="//evil.example/")
    assert answer.headers["location"] == "/"


@pytest.mark.feature("E2")
def test_after_a_closed_case_comes_the_next(
    browse: Callable[..., Any],
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
) -> None:
    """Down the list in its order and round to its top; where nothing is left, the closed case stays."""
    first, second, third = three
    ada = browse(case_worker)
    where = ada.post(f"/c/{third}/close").headers["location"]
    assert where == f"/c/{second}?did=close&with={third}#row-{second}"
    page = ada.get(where.partition("#")[0]).text
    assert "Ärendet är avslutat." in page
    assert f'action="/c/{third}/reopen"' in page
    assert f"did=close&amp;with={third}" not in page, "what was done is told once"
    assert ada.post(f"/c/{first}/close").headers["location"].startswith(f"/c/{second}?")
    assert ada.post(f"/c/{second}/close").headers["location"] == f"/c/{second}?did=close#row-{second}"
    in_place = ada._ask("POST", f"/c/{second}/reopen", {"hx-request": "true"}, {"csrf": ada.csrf})
    assert "hx-redirect" not in in_place.headers


@pytest.mark.feature("E2")
def test_the_next_case_is_one_of_the_same_list(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, three: list[UUID]
) -> None:
    """Of those that one has taken where the list shows those alone; in place, the script is led there."""
    first, second, third = three
    for case_id in (first, third):
        in_work(organisation.platform, case_worker, actions.take, case_id)
    ada = browse(case_worker)
    answer = ada._ask("POST", f"/c/{third}/close?scope=mine", {"hx-request": "true"}, {"csrf": ada.csrf})
    assert answer.headers["hx-redirect"] == f"/c/{first}?scope=mine&did=close&with={third}#row-{first}"
    assert second not in {first, third}


@pytest.mark.feature("E2")
def test_who_wants_to_stay_stays(browse: Callable[..., Any], case_worker: SampleUser, three: list[UUID]) -> None:
    """It is a choice of one's own."""
    ada = browse(case_worker)
    choose(ada, after="")
    assert ada.post(f"/c/{three[2]}/close").headers["location"] == f"/c/{three[2]}?did=close#row-{three[2]}"
    assert 'name="after" value="next" checked' not in re.sub(r"\s+", " ", ada.get("/account").text)


@pytest.mark.feature("E7")
def test_what_is_ticked_is_closed_and_undone_by_forms(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, three: list[UUID]
) -> None:
    """Two of three are closed; the answer is the list, and its one button brings both back."""
    ada, url = browse(case_worker), f"/m/{organisation.mailbox.id}/many"
    page = ada.post(url, act="close", case=[str(three[0]), str(three[1])])
    assert page.status_code == 200
    assert subjects(page.text) == ["Tredje"]
    assert "2 ärenden är avslutade." in page.text
    (undo,) = re.findall(r'<input type="hidden" name="case" value="([^"]*)"', page.text)
    assert sorted(undo.split(",")) == sorted(map(str, three[:2]))
    again = ada.post(url, act="reopen", case=undo)
    assert subjects(again.text) == ["Tredje", "Andra", "Första"]
    assert "2 ärenden är öppna igen." in again.text
    assert ada.get(url).headers["location"] == f"/m/{organisation.mailbox.id}"


def test_a_choice_that_the_list_does_not_have_changes_nothing(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, three: list[UUID]
) -> None:
    """It is told at the list of choices; who had the cases has them still."""
    ada = browse(case_worker)
    assert ada.post(f"/c/{three[0]}/take").status_code == 303
    wrong = [*product(("assign", "tag", "move", "due"), ["inte ett val"]), *product(("assign", "tag", "move"), [""])]
    for act, value in wrong:  # no day is a choice
        url = f"/m/{organisation.mailbox.id}/many/{act}"
        page = ada.post(url, case=[str(three[0])], asked="1", value=value)
        assert "1 ärenden" not in page.text
        assert page.status_code == 422, page.text
        assert re.search(r"Välj (något i listan|en dag)\.", page.text)
        assert act == "tag" or 'href="#value"' in page.text
    assert organisation.rows("SELECT count(holder_id) AS many FROM cases")[0].many == 1


@pytest.mark.feature("E7")
def test_all_of_a_list_is_more_than_its_page(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Where there are more than the page shows, all of them can be chosen, as the filter has them."""
    for number in range(52):
        organisation.arrive(f"Nummer {number}")
    ada, url = browse(case_worker), f"/m/{organisation.mailbox.id}"
    assert re.search(r'name="all"[^>]*>\s*Alla 52<', ada.get(url).text)
    page = ada.post(f"{url}/many?scope=untaken", act="take", all="1", case="").text
    assert "Du har tagit 52 ärenden." in page
    assert subjects(page) == []
    assert len(subjects(ada.get(f"{url}?scope=mine").text)) == 50


@pytest.mark.feature("E7")
def test_forms_with_foreign_ids_do_nothing(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    three: list[UUID],
) -> None:
    """Neither a case of another organisation, nor a mailbox that one does not belong to; no other act."""
    ada, url = browse(case_worker), f"/m/{organisation.mailbox.id}/many"
    foreign = other_organisation.arrive("Främmande")
    assert ada.post(url, act="close", case=[str(three[0]), str(foreign)]).status_code == 404
    assert browse(outsider).post(url, act="close", case=str(three[0])).status_code == 404
    assert browse(outsider).post(url, act="close", all="1").status_code == 404
    assert ada.post(url, act="destroy", case=str(three[0])).status_code == 422
    assert len(subjects(ada.get(f"/m/{organisation.mailbox.id}").text)) == 3
    rows = f"/m/{organisation.mailbox.id}/rows?ids={three[0]},{foreign},nonsense"
    assert subjects(ada.get(rows).text) == ["Första"]
    assert browse(outsider).get(rows).status_code == 404


@pytest.mark.feature("E7")
def test_each_folder_has_what_can_be_done_there(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, three: list[UUID]
) -> None:
    """Nobody takes or closes what is closed, and what lies in the bin is only brought back."""
    ada, url = browse(case_worker), f"/m/{organisation.mailbox.id}"
    acts = {
        folder: re.findall(r'name="act"\s+value="(\w+)"', ada.get(f"{url}?folder={folder}").text) for folder in FOLDERS
    }
    assert acts == {
        "inbox": ["take", "close", "assign", "due", "tag", "move", "bin", "read", "unread"],
        "trouble": ["take", "close", "assign", "due", "tag", "move", "bin"],
        "closed": ["reopen", "tag", "move", "bin", "read", "unread"],
        "binned": ["restore"],
    }
    own = ada.get(f"/m/{case_worker.personal_id}").text
    assert re.findall(ACT, own) == ["close", "bin", "read", "unread"]
    assert "Arkivera" in own


@pytest.mark.feature("E2", "E6")
def test_the_next_case_follows_the_chosen_order(
    browse: Callable[..., Any], case_worker: SampleUser, three: list[UUID]
) -> None:
    """Where the oldest stands first, the next is the one that came after, and the oldest of all after the latest."""
    first, second, third = three
    ada = browse(case_worker)
    choose(ada, order="oldest")
    assert ada.post(f"/c/{second}/close").headers["location"].startswith(f"/c/{third}?")
    assert ada.post(f"/c/{third}/close").headers["location"].startswith(f"/c/{first}?")


@pytest.mark.feature("E7")
def test_in_an_inbox_of_ones_own_messages_are_archived_and_brought_back(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Both at once, with one undo; what is said is of messages, and nobody takes any."""
    own = f"/m/{case_worker.personal_id}"
    ids = [organisation.arrive(subject, mailbox_id=case_worker.personal_id) for subject in ("Första", "Andra")]
    ada = browse(case_worker)
    page = ada.post(f"{own}/many", act="close", case=list(map(str, ids))).text
    assert "2 meddelanden är arkiverade." in page
    assert subjects(page) == []
    assert set(subjects(ada.get(f"{own}?folder=closed").text)) == {"Första", "Andra"}
    (undo,) = re.findall(r'<input type="hidden" name="case" value="([^"]*)"', page)
    again = ada.post(f"{own}/many", act="reopen", case=undo).text
    assert "2 meddelanden ligger i inkorgen igen." in again
    assert subjects(again) == ["Andra", "Första"]
    assert "Meddelandet är arkiverat." in ada.post(f"{own}/many", act="close", case=str(ids[0])).text
