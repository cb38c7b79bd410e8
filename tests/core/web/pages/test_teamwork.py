"""What colleagues do with a case together, through its pages."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases.actions import take
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.due_dates import today
from budkavle.model.times import day_in_words
from budkavle.storage.platform import Platform
from budkavle.testing import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


def _squeezed(page: Any) -> str:
    return " ".join(page.text.split())


@pytest.mark.feature("E17")
def test_a_case_is_assigned_and_the_assignment_undone(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """From the case's menu, by name, back to the case beside its list; Ångra gives it back."""
    case_id = organisation.arrive()
    ada = browse(case_worker)
    query = "?scope=untaken"
    assert f'href="/c/{case_id}/assign{query}"' in ada.get(f"/c/{case_id}{query}").text
    page = _squeezed(ada.get(f"/c/{case_id}/assign{query}"))
    assert colleague.name in page
    assert "Ingen har ärendet nu." in page
    assert organisation.outsider.name not in page
    done = ada.post(f"/c/{case_id}/assign{query}", user=str(colleague.id), holder="")
    assert done.status_code == 303
    assert done.headers["location"].startswith(f"/c/{case_id}?scope=untaken&")
    case = _squeezed(ada.get(done.headers["location"].partition("#")[0]))
    assert f"{colleague.name} har fått ärendet." in case
    assert f"{case_worker.name} tilldelade {colleague.name} ärendet" in case
    undone = ada.post(f"/c/{case_id}/assign", user="", holder=str(colleague.id))
    assert undone.status_code == 303
    assert in_work(platform, case_worker, case_item, case_id).holder_id is None


def test_a_wrong_choice_says_what_to_do(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Nobody chosen, somebody who is no member, and a page that is too old."""
    case_id = organisation.arrive()
    ada = browse(case_worker)
    nobody = ada.post(f"/c/{case_id}/assign", holder="")
    assert nobody.status_code == 422
    assert ada.post(f"/c/{case_id}/assign", user="<b>", holder="").status_code == 422
    assert '<a href="#user">Välj vem som ska få ärendet.</a>' in nobody.text
    assert 'aria-describedby="user-error"' in nobody.text
    assert 'id="user-error"' in nobody.text
    nowhere = ada.post(f"/c/{case_id}/move")
    assert nowhere.status_code == 422
    assert '<a href="#to">Välj vart ärendet ska flyttas.</a>' in nowhere.text
    assert 'aria-describedby="to-error"' in nowhere.text
    assert 'id="to-error"' in nowhere.text
    outsider = ada.post(f"/c/{case_id}/assign", user=str(organisation.outsider.id), holder="")
    assert outsider.status_code == 422
    assert "hen är inte medlem i brevlådan" in outsider.text
    old = ada.post(f"/c/{case_id}/assign", user=str(colleague.id), holder=str(colleague.id))
    assert old.status_code == 409


@pytest.mark.feature("E20")
def test_a_due_date_stands_in_the_case_the_row_and_its_own_list(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """One of the days that are offered; taking it away is undone by the same form."""
    case_id = organisation.arrive()
    ada = browse(case_worker)
    assert "Nästa arbetsdag" in ada.get(f"/c/{case_id}/due").text
    done = ada.post(f"/c/{case_id}/due", day=today().isoformat())
    assert done.status_code == 303
    case = _squeezed(ada.get(done.headers["location"].partition("#")[0]))
    assert "Svarsdatumet är sparat." in case
    assert case.count("Svar senast i dag") == 2
    assert f"{case_worker.name} satte svarsdatum till {day_in_words(today(), 'sv')}" in case
    listed = _squeezed(ada.get(f"/m/{organisation.mailbox.id}/due"))
    assert f'id="row-{case_id}"' in listed
    assert re.search(r'/due"[^>]*>(?:(?!</a>).)*\b1\b', listed)
    organisation.rows("UPDATE cases SET due_on = due_on - 3")
    assert "Försenat 3 dagar" in _squeezed(ada.get(f"/m/{organisation.mailbox.id}"))
    ada.post(f"/c/{case_id}/due", day="")
    assert f'id="row-{case_id}"' not in ada.get(f"/m/{organisation.mailbox.id}/due").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": "other", "other": ""}, "Skriv ett datum"),
        ({"day": "other", "other": "i morgon"}, "Skriv ett datum"),
        ({"day": "other", "other": "2031-W09-1"}, "Skriv ett datum"),
        ({"day": "other", "other": "2020-01-07"}, "Välj i dag eller en senare dag."),
        ({"day": "other", "other": "8999-12-30", "free": "1"}, "Välj en dag inom tio år."),
        ({"day": "other", "other": "2031-12-24"}, "Dagen är ingen arbetsdag."),
    ],
)
def test_a_wrong_day_stands_at_its_field(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    fields: dict[str, str],
    sentence: str,
) -> None:
    """A holiday is a question: once it is ticked, it is kept."""
    case_id = organisation.arrive()
    ada = browse(case_worker)
    page = ada.post(f"/c/{case_id}/due", **fields)
    assert page.status_code == 422
    assert sentence in page.text
    assert 'id="other-error"' in page.text
    if sentence.startswith("Dagen"):
        assert ada.post(f"/c/{case_id}/due", **fields, free="1").status_code == 303


@pytest.mark.feature("E19")
def test_tags_are_made_for_the_mailbox_set_on_a_case_and_chosen_in_the_list(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """Its administrator makes one; a member sets it; the list is filtered by its word."""
    case_id, other = organisation.arrive("Första"), organisation.arrive("Andra")
    boss, ada = browse(mailbox_administrator), browse(case_worker)
    here = f"/mailboxes/{organisation.mailbox.id}/tags"
    assert "Brevlådan har inga taggar än." in ada.get(f"/c/{case_id}/tags").text
    made = boss.post(here, name="Skola", colour="green")
    assert "Taggen är tillagd." in boss.get(made.headers["location"]).text
    assert "Det finns redan en tagg" in boss.post(here, name="skola", colour="green").text
    tag_id = re.findall(r'name="tag" value="([^"]+)"', ada.get(f"/c/{case_id}/tags").text)[0]
    done = ada.post(f"/c/{case_id}/tags", tag=tag_id)
    assert "Taggarna är sparade." in ada.get(done.headers["location"].partition("#")[0]).text
    listed = _squeezed(ada.get(f"/m/{organisation.mailbox.id}?tag={tag_id}"))
    assert '<span class="tag own green">Skola</span>' in listed
    assert f'id="row-{case_id}"' in listed
    assert f'id="row-{other}"' not in listed
    assert f'?tag={tag_id}" class="hue green"' in _squeezed(ada.get(f"/m/{organisation.mailbox.id}"))
    boss.post(here, tag=tag_id, name="Skolan", colour="pink")
    assert '<span class="tag own pink">Skolan</span>' in _squeezed(ada.get(f"/m/{organisation.mailbox.id}"))
    boss.post(here, tag=tag_id, remove="1")
    assert "Skolan" not in ada.get(f"/m/{organisation.mailbox.id}").text


def test_only_who_manages_the_mailbox_reaches_its_tags(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Members are forbidden, strangers find nothing."""
    here = f"/mailboxes/{organisation.mailbox.id}/tags"
    for visitor, status in ((case_worker, 403), (outsider, 404), (other_administrator, 404)):
        assert browse(visitor).get(here).status_code == status
        assert browse(visitor).post(here, name="Ny", colour="blue").status_code == status
    assert browse(outsider).get(f"/m/{organisation.mailbox.id}/due").status_code == 404


@pytest.mark.feature("E23")
def test_a_member_who_only_reads_sees_all_and_changes_nothing(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """What the member holds is released; each way to write is gone and refused; writing comes back by the same step."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, take, case_id)
    users = f"/mailboxes/{organisation.mailbox.id}/users"
    boss, ada = browse(mailbox_administrator), browse(case_worker)
    assert boss.post(f"{users}/reading", user=str(case_worker.id), reads="1").status_code == 303
    assert "Får bara läsa" in boss.get(users).text
    page = ada.get(f"/c/{case_id}").text
    assert "Du får läsa i brevlådan men inte svara eller ändra något." in page
    for path in ("reply", "assign", "tags", "due"):
        assert f"/c/{case_id}/{path}" not in page
    for act in ("take", "close", "bin"):
        assert ada.post(f"/c/{case_id}/{act}").status_code == 403
    assert ada.get(f"/c/{case_id}/reply").status_code == 404
    assert organisation.mailbox.name not in ada.get("/compose").text.partition("<main")[2]
    assert in_work(platform, case_worker, case_item, case_id).holder_id is None
    listed = ada.get(f"/m/{organisation.mailbox.id}").text
    assert f'id="row-{case_id}"' in listed
    assert f'action="/c/{case_id}/' not in listed
    assert re.findall(r'name="act"\s+value="(\w+)"', listed) == ["read", "unread"]
    assert organisation.log_kinds().count("mailbox.reading-set") == 1
    assert ada.post(f"{users}/reading", user=str(case_worker.id), reads="0").status_code == 403
    assert boss.post(f"{users}/reading", user=str(mailbox_administrator.id), reads="1").status_code == 409
    boss.post(f"{users}/reading", user=str(case_worker.id), reads="0")
    assert ada.post(f"/c/{case_id}/take").status_code == 303


@pytest.mark.feature("E21")
def test_a_case_is_moved_once_it_has_been_shown_who_will_read_it(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """The question names the readers, and says that one loses the case; nothing is moved before it is answered."""
    office = organisation.add_mailbox("Skolkontoret", outsider)
    case_id = organisation.arrive()
    ada, dag = browse(case_worker), browse(outsider)
    assert "Skolkontoret" in ada.get(f"/c/{case_id}/move").text
    assert ada.post(f"/c/{case_id}/move").status_code == 422
    question = _squeezed(ada.post(f"/c/{case_id}/move", to=str(office.id)))
    assert outsider.name in question
    assert "Efter flytten kan du inte öppna ärendet." in question
    assert dag.get(f"/c/{case_id}").status_code == 404
    done = ada.post(f"/c/{case_id}/move", to=str(office.id), confirmed="1")
    assert done.headers["location"] == f"/m/{organisation.mailbox.id}"
    assert ada.get(f"/c/{case_id}").status_code == 404
    page = _squeezed(dag.get(f"/c/{case_id}"))
    assert f"{case_worker.name} flyttade ärendet från {organisation.mailbox.name} till Skolkontoret" in page


@pytest.mark.parametrize("path", ["assign", "due", "tags", "move"])
def test_nobody_else_reaches_the_pages(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    path: str,
) -> None:
    """Not found for those who are not in the mailbox, whatever their role; nor an id that is none of ours."""
    case_id = organisation.arrive()
    for visitor in (outsider, administrator, other_administrator):
        assert browse(visitor).get(f"/c/{case_id}/{path}").status_code == 404
        assert browse(visitor).post(f"/c/{case_id}/{path}", user=str(case_worker.id)).status_code == 404
    assert browse(case_worker).get(f"/c/{uuid4()}/{path}").status_code == 404
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    assert browse(case_worker).get(f"/c/{case_id}/{path}").status_code == 403
    assert browse(case_worker).post(f"/c/{case_id}/{path}", user=str(case_worker.id)).status_code == 403
