"""Mailboxes are listed, made, changed and deleted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, Incoming
from budkavle.accounts import delegations
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.times import day
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("F4")
def test_an_administrator_lists_and_makes_mailboxes(admin: Any) -> None:
    """The list names every mailbox; a new one leads to where users are added (features F3, F9)."""
    assert "Socialnämnden" in admin.get("/mailboxes").text
    made = admin.post("/mailboxes/new", name="Kultur & fritid", language="sv", description="Bibliotek", kinds="fake")
    assert made.status_code == 303
    page = admin.get(made.headers["location"])
    assert "Kultur &amp; fritid" in page.text
    assert "Brevlådan är skapad" in page.text
    assert "Kultur &amp; fritid" in admin.get("/mailboxes").text


@pytest.mark.feature("F6")
def test_faults_stand_at_their_fields_and_what_was_typed_is_kept(admin: Any, mailbox: FunctionMailbox) -> None:
    """An empty or taken name, and a language that is not offered."""
    for path in ("/mailboxes/new", f"/mailboxes/{mailbox.id}/settings"):
        answer = admin.post(path, name="", language="sv", description="Det jag skrev", kinds="fake")
        assert answer.status_code == 422
        assert 'id="name-error"' in answer.text
        assert "Det jag skrev" in answer.text
        assert 'href="#name"' in answer.text
        taken = admin.post(path, name="byggnadsnämnden", language="sv", kinds="fake")
        assert taken.status_code == 422
        assert "byggnadsnämnden" in taken.text
        hidden = admin.post(path, name="Byggnads\u200bnämnden", language="sv", kinds="fake")
        assert hidden.status_code == 422
        assert "tecken som inte syns" in hidden.text
        both = admin.post(path, name="", language="sv").text
        assert 'href="#name"' in both
        assert 'href="#kinds"' in both, "all that is wrong is said at once"
        long = admin.post(path, name="Annat", language="sv", kinds="fake", description="å" * 2001)
        assert long.status_code == 422
        assert 'href="#description"' in long.text
        assert "högst 2000 tecken" in long.text
        odd = admin.post(path, name="Annat", language="xx")
        assert odd.status_code == 422
        assert 'id="language-error"' in odd.text


@pytest.mark.feature("F6")
def test_a_mailbox_administrator_changes_name_language_and_kinds(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The new values are shown; all kinds ticked is kept as all."""
    cleo = browse(mailbox_administrator)
    url = f"/mailboxes/{mailbox.id}/settings"
    saved = cleo.post(url, name="Socialtjänsten", language="en", description="Ny text", kinds="fake")
    assert saved.headers["location"] == f"{url}?said=saved"
    page = cleo.get(saved.headers["location"]).text
    assert 'value="Socialtjänsten"' in page
    assert "Ny text" in page
    assert "Ändringarna är sparade" in page
    assert re.search(r'value="en"\s+selected', page)
    none = cleo.post(url, name="Socialtjänsten", language="en")
    assert none.status_code == 422
    assert 'id="kinds-error"' in none.text


@pytest.mark.feature("F8", "F9")
def test_a_mailbox_is_deleted_after_a_confirmation(admin: Any, other_mailbox: FunctionMailbox) -> None:
    """The confirmation says what happens; afterwards it is gone for everybody."""
    url = f"/mailboxes/{other_mailbox.id}/delete"
    assert "Ingen kan längre läsa eller skicka från brevlådan." in admin.get(url).text
    done = admin.post(url)
    assert done.status_code == 303
    page = admin.get(done.headers["location"]).text
    assert "Brevlådan är borttagen" in page
    assert "Byggnadsnämnden" not in page
    assert admin.get(f"/mailboxes/{other_mailbox.id}").status_code == 404


@pytest.mark.feature("F8")
def test_the_default_mailbox_and_one_with_open_cases_stay(
    admin: Any, organisation: SampleOrganisation, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox
) -> None:
    """The reason stands on the confirmation page, with what to do first."""
    default = admin.post(f"/mailboxes/{mailbox.id}/delete")
    assert default.status_code == 409
    assert "Välj en annan till det först" in default.text
    organisation.arrive()
    kept = {"name": "Byggnadsnämnden", "language": "sv", "kinds": "fake"}
    admin.post(f"/mailboxes/{other_mailbox.id}/settings", default="1", **kept)
    busy = admin.post(f"/mailboxes/{mailbox.id}/delete")
    assert busy.status_code == 409
    assert "Brevlådan har ett öppet ärende. Avsluta det först" in busy.text


@pytest.mark.feature("F8", "F9")
def test_open_cases_are_closed_by_who_deletes_the_mailbox(
    admin: Any, organisation: SampleOrganisation, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox
) -> None:
    """The page says how many, and for how long everything is kept; one that came after the question is asked about."""
    kept = {"name": "Byggnadsnämnden", "language": "sv", "kinds": "fake"}
    url = f"/mailboxes/{mailbox.id}/delete"
    organisation.arrive()
    admin.post(f"/mailboxes/{other_mailbox.id}/settings", default="1", **kept)
    page = admin.get(url).text
    assert "Brevlådan har ett öppet ärende. Det avslutas utan att någon har svarat på det." in page
    until = day(datetime.now(UTC) + timedelta(days=30), "sv")
    assert f"Fram till {until} kan organisationens administratörer återställa den." in page
    assert re.search(r"<dt>Meddelanden</dt>\s*<dd>1</dd>", page)
    assert "Kommer till Byggnadsnämnden" in page
    assert 'name="closing" value="1"' in page
    incoming = _to(organisation)
    asked = admin.post(url, closing="1")
    assert asked.status_code == 409
    assert "Brevlådan har 2 öppna ärenden." in asked.text
    assert 'name="closing" value="2"' in asked.text
    assert incoming
    assert admin.post(url, closing="2").status_code == 303
    assert admin.get(f"/mailboxes/{mailbox.id}").status_code == 404


def _to(organisation: SampleOrganisation) -> Any:
    """Let one more message come to the mailbox."""
    one = Incoming(
        organisation_id=organisation.id,
        transport="fake",
        remote_id=str(uuid4()),
        sender=Address("fake", "region", "Vårdcentralen"),
        recipient=Address("fake", "habo", "Socialnämnden"),
        subject="Mer",
        body="Hej!",
        received_at=datetime.now(UTC),
        mailbox_id=organisation.mailbox.id,
    )
    return acting.accept(organisation.platform, one).message_id


@pytest.mark.feature("PL5")
def test_a_panel_that_fails_fails_alone(admin: Any, mailbox: FunctionMailbox) -> None:
    """The page is whole, and a line stands where the panel would be; one that works is shown."""
    page = admin.get(f"/mailboxes/{mailbox.id}/settings").text
    assert "Tillägget broken kunde inte visa" in page
    assert "Duvslag för Socialnämnden" in page
    assert "Ta bort brevlådan" in page


@pytest.mark.feature("M4", "M17", "U10", "Y7")
def test_the_way_to_a_new_message_leads_somewhere_for_everybody(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """From the open mailbox where one may write from it; else from a function's, or one's own where there is none."""
    until = datetime.now(UTC) + timedelta(days=2)
    in_work(platform, case_worker, delegations.delegate, colleague.id, until, may_answer=False)
    lent, bo, dag, root = case_worker.personal_id, browse(colleague), browse(outsider), browse(administrator)
    wanted = [
        (bo, f"/m/{lent}", mailbox.id),
        (bo, f"/m/{mailbox.id}", mailbox.id),
        (dag, "/account", outsider.personal_id),
        (root, f"/m/{administrator.personal_id}", administrator.personal_id),
    ]
    for browser, path, box in wanted:
        (way,) = set(re.findall(r'href="(/compose\?mailbox=[0-9a-f-]+)"', browser.get(path).text))
        assert way == f"/compose?mailbox={box}"
        assert browser.get(way).status_code == 200


def test_the_settings_of_a_mailbox_stand_in_that_mailbox(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The menu shows its folders, on each of the pages."""
    cleo = browse(mailbox_administrator)
    for page in ("", "/users", "/add", "/settings", "/systems", "/api"):
        assert f'href="/m/{mailbox.id}/sent"' in cleo.get(f"/mailboxes/{mailbox.id}{page}").text


@pytest.mark.feature("F6")
def test_a_name_has_an_end_and_the_title_says_that_something_is_wrong(admin: Any, mailbox: FunctionMailbox) -> None:
    """A name that no page has room for is refused; who hears the title first hears that, and only then."""
    path = f"/mailboxes/{mailbox.id}/settings"
    kept = {"language": "sv", "kinds": "fake"}
    answer = admin.post(path, name="å" * 201, **kept)
    assert answer.status_code == 422
    assert "högst 200 tecken" in answer.text
    assert "<title>Fel: Inställningar, Socialnämnden" in answer.text
    assert admin.post(path, name="å" * 200, **kept).status_code == 303
    assert "<title>Fel:" not in admin.get(path).text
