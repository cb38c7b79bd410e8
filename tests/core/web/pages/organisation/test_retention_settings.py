"""Days until messages disappear: what a lower number destroys is said first, and done when it is confirmed."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from budkavle.accounts import read_settings
from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.browsing import Browser

PAGE = "/organisation/settings/budkavle.messages"
FORM = {"default_loa": "0", "approval_from_loa": "0", "reply_allowed": "1", "undo_seconds": "10", "reminder_days": "0"}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open()


@pytest.fixture
def admin(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    return browse(administrator)


@pytest.fixture
def old_case(organisation: SampleOrganisation, mailbox: FunctionMailbox) -> None:
    """A message that came 40 days ago."""
    organisation.arrive("Gammalt")
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET kept_from = now() - interval '40 days'"))


def days(organisation: SampleOrganisation, administrator: SampleUser, mailbox: FunctionMailbox | None = None) -> int:
    if mailbox:
        own = in_work(
            organisation.platform, administrator, read_settings, MailboxMessageSettings, mailbox_id=mailbox.id
        )
        return own.retention_days
    return in_work(organisation.platform, administrator, read_settings, MessageSettings).retention_days


def let_session_age(organisation: SampleOrganisation) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE sessions SET identified_at = now() - interval '1 day'"))


@pytest.mark.feature("G1", "G2")
def test_a_lower_number_is_confirmed_where_it_destroys_something(
    admin: Browser, organisation: SampleOrganisation, administrator: SampleUser, old_case: None
) -> None:
    """The page says from before which day and how many; a higher number and 0 are saved at once."""
    assert "Nu gäller: meddelanden försvinner inte av sig själva." in admin.get(PAGE).text
    assert admin.post(PAGE, **FORM, retention_days="60").status_code == 303, "nothing is so old"
    page = admin.post(PAGE, **FORM, retention_days="30")
    assert page.status_code == 200
    assert "Antal meddelanden: 1." in page.text
    assert "Spara och förstör meddelandena" in page.text
    assert days(organisation, administrator) == 60
    assert admin.post(PAGE, **FORM, retention_days="29", confirmed="30").status_code == 200, "another number"
    assert admin.post(PAGE, **FORM, retention_days="30", confirmed="30").status_code == 303
    assert days(organisation, administrator) == 30
    assert "Nu gäller 30 dagar." in admin.get(PAGE).text
    assert '"retention_days":"60 dagar → 30 dagar"' in organisation.log_entries("settings.changed")[-1]
    for higher in ("31", "0"):
        assert admin.post(PAGE, **FORM, retention_days=higher).status_code == 303
    assert admin.post(PAGE, **FORM, retention_days="36501").status_code == 422


@pytest.mark.feature("G4", "G5")
def test_a_mailboxs_number_is_confirmed_likewise(
    admin: Browser,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    old_case: None,
) -> None:
    """Also where it gives up its own number, so that the organisation's lower one holds."""
    page = f"/mailboxes/{mailbox.id}/settings/budkavle.mailbox_messages"
    assert f'href="{page}"' in admin.get(f"/mailboxes/{mailbox.id}/settings").text
    assert 'value="0"' in admin.get(page).text
    assert admin.post(page, reminder_days="0", retention_days="90").status_code == 303
    assert admin.post(PAGE, **FORM, retention_days="30").status_code == 303, "the mailbox has its own number"
    for fields in ({"retention_days": "35"}, {"retention_days": "0"}, {"retention_days": "90", "usual": "1"}):
        answer = admin.post(page, **fields)
        assert (answer.status_code, "Antal meddelanden: 1." in answer.text) == (200, True), fields
    assert days(organisation, administrator, mailbox) == 90
    assert admin.post(page, reminder_days="0", retention_days="90", usual="1", confirmed="30").status_code == 303
    assert days(organisation, administrator, mailbox) == 0
    assert "Nu gäller 30 dagar." in admin.get(page).text


@pytest.mark.feature("G1")
def test_a_lower_number_needs_a_fresh_sign_in(
    admin: Browser,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    old_case: None,
) -> None:
    """Whether or not anything is destroyed the same night; other fields of a mailbox's section do not."""
    page = f"/mailboxes/{mailbox.id}/settings/budkavle.mailbox_messages"
    let_session_age(organisation)
    for fields in ({"retention_days": "30", "confirmed": "30"}, {"retention_days": "60"}):
        assert "/step-up" in admin.post(page, reminder_days="0", **fields).headers["location"]
    assert days(organisation, administrator, mailbox) == 0
    assert admin.post(page, reminder_days="5", retention_days="0").status_code == 303


def test_settings_need_a_fresh_sign_in(
    admin: Browser, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """Each section of the organisation's, and its levels: the page leads to identifying, and nothing is saved."""
    let_session_age(organisation)
    for path, fields in ((PAGE, FORM | {"undo_seconds": "5"}), ("/organisation/levels", {"on.1": "1"})):
        answer = admin.post(path, **fields)
        assert (answer.status_code, "/step-up" in answer.headers["location"]) == (303, True)
    assert in_work(organisation.platform, administrator, read_settings, MessageSettings).undo_seconds != 5
    assert organisation.log_entries("settings.changed") == []


@pytest.fixture
def known(admin: Browser) -> Browser:
    """The browser as sign-in leaves it, with the cookie by which it is known."""
    admin.cookie += "; browser=this"
    return admin


def test_what_was_typed_is_kept_until_somebody_has_shown_who_they_are(
    known: Browser, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """The page holds the form; sent once more from there it is refused until then, and saved afterwards."""
    let_session_age(organisation)
    kept = known.post(PAGE, **FORM | {"undo_seconds": "5"}, retention_days="0").text
    assert "Det du skrev finns kvar" in kept
    assert 'href="/step-up?loa=2&amp;next=/signed-in"' in kept
    assert organisation.log_entries("page.refused") == []
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', kept))
    assert fields["undo_seconds"] == "5"
    assert known.post(PAGE, **fields).status_code == 403
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE sessions SET identified_at = now()"))
    assert known.post(PAGE, **fields).status_code == 303
    assert in_work(organisation.platform, administrator, read_settings, MessageSettings).undo_seconds == 5


def test_a_form_of_another_session_is_not_kept(known: Browser, organisation: SampleOrganisation) -> None:
    """What nobody here has written is not held ready to be sent from here."""
    let_session_age(organisation)
    answer = known.post(PAGE, **FORM | {"csrf": "of somebody else"}, retention_days="0")
    assert answer.status_code == 403
    assert "undo_seconds" not in answer.text


@pytest.mark.feature("G4")
def test_who_may_choose_a_number(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """The mailbox's administrators and the organisation's; the organisation's number only the latter."""
    page = f"/mailboxes/{mailbox.id}/settings/budkavle.mailbox_messages"
    people = {"ada": case_worker, "cleo": mailbox_administrator, "dag": outsider, "eve": other_administrator}
    by_mailbox = {
        who: browse(person).post(page, reminder_days="0", retention_days="90").status_code
        for who, person in people.items()
    }
    assert by_mailbox == {"ada": 403, "cleo": 303, "dag": 404, "eve": 404}
    whole = {who: browse(people[who]).post(PAGE, **FORM, retention_days="90").status_code for who in ("ada", "cleo")}
    assert whole == {"ada": 403, "cleo": 403}


@pytest.mark.feature("G3")
def test_a_case_says_when_its_messages_disappear_and_which_have(
    admin: Browser, browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """In a line each, with direction, kind and date; never a word of what they said."""
    case_id = organisation.arrive("Hemligt")
    ada = browse(case_worker)
    assert "Gallras" not in ada.get(f"/c/{case_id}").text
    assert admin.post(PAGE, **FORM, retention_days="30").status_code == 303
    assert "Gallras " in ada.get(f"/c/{case_id}").text
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET kept_from = now() - interval '40 days'"))
    assert "Ska gallras så snart inget hindrar det." in ada.get(f"/c/{case_id}").text
