"""Who may look at a mailbox and change it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


MISSING = uuid4()


@pytest.mark.feature("F21")
def test_a_member_sees_but_cannot_change(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Information and users without a form; the tabs for adding, settings and API are not there."""
    ada = browse(case_worker)
    page = ada.get(f"/mailboxes/{mailbox.id}").text
    assert "Information" in page
    assert "Cleo Dahl" in page
    assert "<textarea" not in page
    assert "Brevlådans administratörer bestämmer vilka som har tillgång till den." in page
    assert not any(f"/mailboxes/{mailbox.id}/{tab}" in page for tab in ("add", "settings", "systems", "api", "delete"))
    users = ada.get(f"/mailboxes/{mailbox.id}/users").text
    assert "Bo Ek" in users
    assert 'type="checkbox" name="user"' not in users.replace("\n", " ")
    assert "Gör till administratör" not in users


@pytest.mark.parametrize(
    ("who", "status"),
    [("case_worker", 403), ("outsider", 404), ("other_administrator", 404)],
    ids=["a member", "a colleague", "a stranger"],
)
@pytest.mark.feature("F9")
def test_only_those_who_may_change_a_mailbox(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    outsider: SampleUser,
    colleague: SampleUser,
    case_worker: SampleUser,
    request: pytest.FixtureRequest,
    who: str,
    status: int,
) -> None:
    """Members are told that they may not; others that it is not there."""
    browser, url = browse(request.getfixturevalue(who)), f"/mailboxes/{mailbox.id}"
    given = {"name": "Kapad", "language": "sv", "kinds": "fake"}
    assert browser.post(f"{url}/settings", **given).status_code == status
    for tab in ("settings", "systems", "api", "add"):
        assert browser.get(f"{url}/{tab}").status_code == status
    assert browser.get(f"{url}/add/found?q=a").status_code == status
    assert browser.post(f"{url}/add", save="1", chosen=str(outsider.id)).status_code == status
    assert browser.post(f"{url}/users/remove", user=str(colleague.id), confirmed="1").status_code == status
    assert browser.post(f"{url}/users/administrator", user=str(case_worker.id), administrator="1").status_code == (
        status
    )
    assert browser.get(f"{url}/delete").status_code == (404 if who == "other_administrator" else 403)
    assert browser.post(f"{url}/delete").status_code == (404 if who == "other_administrator" else 403)
    assert browser.post(f"{url}/restore").status_code == (404 if who == "other_administrator" else 403)
    if who != "case_worker":
        assert browser.post(f"{url}/favourite", favourite="1").status_code == 404
        assert browser.get(url).status_code == 404
        assert browser.get(f"{url}/users").status_code == 404


@pytest.mark.feature("F9")
def test_a_mailbox_administrator_neither_makes_nor_deletes(
    browse: Callable[..., Any],
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
) -> None:
    """That is for the organisation's administrators; the list has one's own mailboxes alone, and says what one may."""
    cleo = browse(mailbox_administrator)
    for query in ("", "?show=all", "?show=empty"):
        page = cleo.get(f"/mailboxes{query}").text
        assert "Socialnämnden" in page
        assert "Du är administratör" in page
        assert other_mailbox.name not in page
        assert "/mailboxes/new" not in page
    page = cleo.get(f"/mailboxes/{mailbox.id}").text
    assert "Lägga till och ta bort användare" in page
    assert "Organisationens administratörer lägger upp och tar bort brevlådor." in page
    assert cleo.get("/mailboxes/deleted").status_code == 403
    assert cleo.get("/mailboxes/new").status_code == 403
    assert cleo.post("/mailboxes/new", name="Ny", language="sv").status_code == 403
    assert cleo.get(f"/mailboxes/{mailbox.id}/delete").status_code == 403
    assert cleo.post(f"/mailboxes/{mailbox.id}/delete").status_code == 403
    settings = cleo.get(f"/mailboxes/{mailbox.id}/settings").text
    assert "Ta bort …" not in settings
    assert "Bara organisationens administratörer kan ta bort brevlådan." in settings


def test_an_unknown_mailbox_and_a_personal_one_are_not_found(
    admin: Any, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Also for the administrators of the organisation."""
    for path in ("", "/users", "/add", "/delete", "/add/found", "/settings", "/systems", "/api"):
        assert admin.get(f"/mailboxes/{MISSING}{path}").status_code == 404, path
        assert admin.get(f"/mailboxes/{case_worker.personal_id}{path}").status_code == 404, path


def test_every_change_needs_the_forms_token(
    admin: Any, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox
) -> None:
    """Without it nothing happens."""
    url = f"/mailboxes/{mailbox.id}"
    tabs = [
        f"{url}/{path}" for path in ("settings", "add", "users/remove", "users/administrator", "favourite", "restore")
    ]
    for path in ("/mailboxes/new", *tabs):
        assert admin.post(path, csrf="fel", name="X", language="sv").status_code == 403
    assert admin.post(f"/mailboxes/{other_mailbox.id}/delete", csrf="fel").status_code == 403
    assert "Byggnadsnämnden" in admin.get("/mailboxes").text
