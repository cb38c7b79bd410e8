"""What administrators read of a closed account: until when it can be opened again, and what is left after that."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from budkavle.accounts import users
from budkavle.identification import administration
from budkavle.model.times import ZONE, day_in_words
from budkavle.operations.closed_accounts import destroying
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

SETTINGS = "/organisation/settings/budkavle.closed_accounts"


@pytest.fixture
def root(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    """The browser of an administrator."""
    return browse(administrator)


@pytest.fixture
def closed(organisation: SampleOrganisation, case_worker: SampleUser) -> SampleUser:
    """Somebody whose account was closed 40 days ago."""
    in_work(organisation.platform, organisation.system, administration.close, case_worker.id)
    since(organisation, case_worker, 40)
    return case_worker


def since(organisation: SampleOrganisation, user: SampleUser, days: int) -> None:
    query = "UPDATE users SET closed_at = now() - make_interval(days => :days) WHERE id = :id"
    organisation.rows(query, days=days, id=user.id)


@pytest.mark.feature("O2")
def test_the_sheet_says_until_when_it_opens_again(
    organisation: SampleOrganisation, closed: SampleUser, root: Browser
) -> None:
    """By the calendar in Sweden, the last whole day; an open account says nothing of it."""
    (row,) = organisation.rows("SELECT closed_at FROM users WHERE id = :id", id=closed.id)
    day = day_in_words(row.closed_at.astimezone(ZONE).date() + timedelta(days=365), "sv")
    assert f"Kontot går att öppna igen till och med {day}." in root.get(f"/organisation/users/{closed.id}").text
    colleague = f"/organisation/users/{organisation.colleague.id}"
    assert "går att öppna igen till och med" not in root.get(colleague).text
    last = day_in_words(datetime.now(ZONE).date() + timedelta(days=365), "sv")
    assert f"Kontot kan öppnas igen till och med {last}." in root.get(f"{colleague}/close").text


@pytest.mark.feature("O2")
def test_afterwards_it_says_what_is_left_and_offers_nothing(
    organisation: SampleOrganisation, platform: Platform, closed: SampleUser, root: Browser
) -> None:
    """The name, and who may read the inbox; a page that was open before is refused with a sentence."""
    email = closed.email
    since(organisation, closed, 400)
    destroying.destroy_old(platform)
    sheet = root.get(f"/organisation/users/{closed.id}").text
    assert closed.name in sheet
    assert "Lägg till ett nytt konto om personen är tillbaka." in sheet
    assert "Låt någon läsa inkorgen" in sheet
    promises = ("Öppna kontot igen", "Skicka inbjudan", "inget sätt att logga in än")
    for word in (*promises, 'name="personnummer"', email, "destroyed.invalid"):
        assert word not in sheet
    for path in ("/organisation/users?state=closed", f"/organisation/users/{closed.id}/close", "/events?person=Ada"):
        page = root.get(path)
        assert page.status_code == 200
        assert "destroyed.invalid" not in page.text
    refused = root.post(f"/organisation/users/{closed.id}/open")
    assert refused.status_code == 409
    assert "Det går inte att öppna eller ändra." in refused.text
    assert "Personens uppgifter i det stängda kontot för Ada Ahl gallrades" in root.get("/events").text


@pytest.mark.feature("O2")
def test_many_at_once_leave_it_out(
    organisation: SampleOrganisation, platform: Platform, closed: SampleUser, root: Browser
) -> None:
    """The page that lists who is opened says why it is not."""
    since(organisation, closed, 400)
    destroying.destroy_old(platform)
    page = root.post("/organisation/users/many", deed="open", user=[str(closed.id)])
    assert "Personens uppgifter är gallrade, så kontot går inte att öppna." in page.text
    assert not in_work(platform, organisation.system, users.user, closed.id).active


@pytest.mark.feature("O2", "G1")
def test_a_lower_number_is_confirmed_where_it_destroys_something(
    organisation: SampleOrganisation, closed: SampleUser, root: Browser
) -> None:
    """The page says of how many accounts, and from before which day; each change is in the event log."""
    assert root.post(SETTINGS, retention_days="60").status_code == 303, "nobody has been closed for so long"
    page = root.post(SETTINGS, retention_days="30")
    assert page.status_code == 200
    before = (datetime.now(ZONE).date() - timedelta(days=29)).isoformat()
    assert f"stängdes före {before} förstörs nästa natt. Antal konton: 1." in page.text
    assert "Spara och förstör uppgifterna" in page.text
    assert root.post(SETTINGS, retention_days="30", confirmed="30").status_code == 303
    assert '"retention_days":"60 dagar → 30 dagar"' in organisation.log_entries("settings.changed")[-1]
    assert root.post(SETTINGS, retention_days="0").status_code == 422
