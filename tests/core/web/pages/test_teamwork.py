"""What colleagues do with a case together, through its pages."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases.inbox import case_item
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
    assert "Välj vem som ska få ärendet." in nobody.text
    outsider = ada.post(f"/c/{case_id}/assign", user=str(organisation.outsider.id), holder="")
    assert outsider.status_code == 422
    assert "hen är inte medlem i brevlådan" in outsider.text
    old = ada.post(f"/c/{case_id}/assign", user=str(colleague.id), holder=str(colleague.id))
    assert old.status_code == 409


@pytest.mark.parametrize("path", ["assign"])
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
