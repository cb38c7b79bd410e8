"""Many accounts at once: those that are ticked in the list of users, previewed, and changed all or none."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from budkavle.model.people import Role
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PATH = "/organisation/users/many"
LIST = "/organisation/users"


def preview(browser: Browser, deed: str, *people: SampleUser) -> str:
    answer = browser.get(PATH + f"?deed={deed}" + "".join(f"&user={person.id}" for person in people))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def state(organisation: SampleOrganisation, *people: SampleUser) -> list[tuple[bool, str]]:
    rows = organisation.rows("SELECT id, active, role FROM users")
    stored = {row.id: (row.active, row.role) for row in rows}
    return [stored[person.id] for person in people]


def test_accounts_are_ticked_in_the_list(
    organisation: SampleOrganisation, browse: Callable[..., Browser], administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Each has a box with its name but the administrator's own; a link ticks all of the page."""
    shown = browse(administrator).get(LIST).text
    assert f'value="{case_worker.id}"' in shown
    assert f'value="{administrator.id}"' not in shown
    assert f"Välj {case_worker.name}" in shown
    assert not re.search(rf'value="{case_worker.id}"[^>]* checked', shown)
    assert re.search(rf'value="{case_worker.id}"[^>]* checked', browse(administrator).get(f"{LIST}?tick=1").text)


@pytest.mark.feature("O2")
def test_many_are_closed_and_opened_again(
    organisation: SampleOrganisation,
    browse: Callable[..., Browser],
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """The preview says who, and who is left and why; whoever takes over gets the mailboxes."""
    outsider, box = organisation.outsider, organisation.mailbox
    people, browser = (case_worker, colleague), browse(administrator)
    shown = preview(browser, "close", *people, administrator)
    assert "2 användare ändras" in shown
    assert f"{administrator.name} , {administrator.email}. Det är ditt eget konto." in shown
    users = [str(person.id) for person in (*people, administrator)]
    wrong = browser.post(PATH, deed="close", user=users, told="2", successor="ingen@habo.example")
    assert wrong.status_code == 422
    assert state(organisation, *people) == [(True, "user")] * 2
    taken = browser.post(PATH, deed="close", user=users, told="2", successor=case_worker.email)
    assert taken.status_code == 422
    done = browser.post(PATH, deed="close", user=users, told="2", successor=outsider.email)
    assert done.headers["location"] == f"{LIST}?said=many-close"
    assert state(organisation, *people, administrator) == [(False, "user")] * 2 + [(True, "admin")]
    members = organisation.rows("SELECT user_id FROM memberships WHERE mailbox_id = :box", box=box.id)
    assert outsider.id in {row.user_id for row in members}
    assert organisation.log_kinds().count("user.closed") == 2
    assert "Kontot är inte öppet." in preview(browser, "close", case_worker)
    assert browser.post(PATH, deed="open", user=users[:2], told="2").status_code == 303
    assert state(organisation, *people) == [(True, "user")] * 2


@pytest.mark.feature("O2")
def test_many_get_a_role(
    organisation: SampleOrganisation,
    browse: Callable[..., Browser],
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """Who has the role already, and who administers the installation, is left."""
    chief = organisation.add_user("Platta Chef", Role.PLATFORM)
    other = organisation.add_user("Andra Adm", Role.ADMIN)
    browser = browse(administrator)
    shown = preview(browser, "admin", case_worker, colleague, other, chief)
    assert "Har redan rollen." in shown
    assert "Hen administrerar hela installationen." in shown
    users = [str(person.id) for person in (case_worker, colleague, other, chief)]
    assert browser.post(PATH, deed="admin", user=users, told="2").status_code == 303
    assert state(organisation, case_worker, colleague, chief) == [(True, "admin")] * 2 + [(True, "platform")]
    assert browser.post(PATH, deed="user", user=[*users, str(administrator.id)], told="3").status_code == 303
    assert state(organisation, case_worker, other, administrator) == [(True, "user")] * 2 + [(True, "admin")]


@pytest.mark.feature("O2")
def test_many_get_into_a_mailbox(
    organisation: SampleOrganisation, browse: Callable[..., Browser], administrator: SampleUser, outsider: SampleUser
) -> None:
    """By its whole name; a name that is none gives nobody access."""
    browser, box = browse(administrator), organisation.other_mailbox
    preview(browser, "mailbox", outsider)
    users = [str(outsider.id), str(organisation.colleague.id)]
    wrong = browser.post(PATH, deed="mailbox", user=users, told="2", mailbox=box.name[:-1])
    assert wrong.status_code == 422
    assert "Ingen funktionsbrevlåda heter så." in wrong.text
    assert browser.post(PATH, deed="mailbox", user=users, told="2", mailbox=box.name.upper()).status_code == 303
    members = organisation.rows("SELECT user_id, administrator FROM memberships WHERE mailbox_id = :box", box=box.id)
    assert {(row.user_id, row.administrator) for row in members} >= {
        (outsider.id, False),
        (organisation.colleague.id, False),
    }


def test_it_is_as_it_was_told_or_not_at_all(
    organisation: SampleOrganisation,
    browse: Callable[..., Browser],
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """Where somebody has changed meanwhile, the preview comes again and nobody is changed; also for nobody at all."""
    browser, users = browse(administrator), [str(case_worker.id), str(colleague.id)]
    answer = browser.post(PATH, deed="close", user=users, told="1")
    assert answer.status_code == 409
    assert "Något har ändrats sedan du granskade." in answer.text
    assert state(organisation, case_worker, colleague) == [(True, "user")] * 2
    own = browser.post(PATH, deed="close", user=[str(administrator.id)], told="0")
    assert own.status_code == 409
    for query in ("", "?deed=close", f"?user={case_worker.id}", "?deed=kill&user=x"):
        assert browser.get(PATH + query).headers["location"] == f"{LIST}?said=none-chosen"
    assert "Kryssa för dem som ska ändras" in browser.get(f"{LIST}?said=none-chosen").text


def test_only_administrators_and_only_their_own_people(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    browse: Callable[..., Browser],
    administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """Foreign and unknown ids are nobody; others may not look."""
    foreign = other_organisation.case_worker
    for user in (case_worker, organisation.mailbox_administrator):
        assert browse(user).get(f"{PATH}?deed=close&user={case_worker.id}").status_code == 403
        assert browse(user).post(PATH, deed="close", user=[str(case_worker.id)], told="1").status_code == 403
    browser = browse(administrator)
    shown = browser.get(f"{PATH}?deed=close&user={foreign.id}&user={uuid4()}").text
    assert foreign.name not in shown
    answer = browser.post(PATH, deed="close", user=[str(foreign.id), str(case_worker.id)], told="2")
    assert answer.status_code == 409
    assert state(other_organisation, foreign) == [(True, "user")]


def test_it_takes_a_fresh_sign_in(
    organisation: SampleOrganisation, browse: Callable[..., Browser], administrator: SampleUser, case_worker: SampleUser
) -> None:
    """The preview leads there and back; the change is refused before."""
    browser = browse(administrator)
    organisation.rows("UPDATE sessions SET identified_at = identified_at - interval '20 minutes'")
    shown = browser.get(f"{PATH}?deed=close&user={case_worker.id}").text
    assert f"next={PATH}%3Fdeed%3Dclose%26user%3D{case_worker.id}" in shown
    assert "Stäng kontona" not in shown
    answer = browser.post(PATH, deed="close", user=[str(case_worker.id)], told="1")
    assert answer.status_code in {303, 403}
    assert state(organisation, case_worker) == [(True, "user")]
