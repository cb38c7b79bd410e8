"""The page Gallring and the organisation's number: what goes is said first, and done when it is confirmed."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.plugins.files.conftest import Files
from tests.plugins.records.conftest import plan_csv

from budkavle import Host, Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree.retention_rules import Choice, choice_of, choose, load_kinds
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_records.schedule.plan_files import import_plan

Browse = Callable[..., Any]
PAGE = "/plugin/files/retention"
SETTINGS = "/organisation/settings/files.files"
FORM = {
    "creators": "everyone",
    "guests": "1",
    "bin_days": "30",
    "quota": "20",
    "quota_in_all": "0",
    "webdav_loa": "2",
}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("files", "records"))


@pytest.fixture
def old_file(files: Files, case_worker: SampleUser, catalogue: Entry) -> Entry:
    """A file that has been there for 40 days."""
    entry = files.file(case_worker, catalogue, "Intyg.txt")
    let_pass(files, days=40)
    return entry


def let_pass(files: Files, days: int) -> None:
    """Let files have been there for longer."""
    with files.host.transaction(files.organisation.id) as connection:
        connection.execute(text("UPDATE files_entries SET kept_from = kept_from - :age"), {"age": timedelta(days=days)})


def let_session_age(organisation: SampleOrganisation) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE sessions SET identified_at = now() - interval '1 day'"))


@pytest.mark.feature("O10")
def test_the_organisations_number_is_confirmed_where_it_destroys_something(
    browse: Browse, administrator: SampleUser, organisation: SampleOrganisation, old_file: Entry
) -> None:
    """The page says how many files go; a higher number is saved at once, also without a fresh sign-in."""
    admin = browse(administrator)
    assert admin.post(SETTINGS, **FORM, retention_days="60").status_code == 303, "nothing is so old"
    page = admin.post(SETTINGS, **FORM, retention_days="30")
    assert page.status_code == 200
    assert "gallras nästa natt. Antal: 1." in page.text
    assert "Spara och förstör filerna" in page.text
    assert admin.post(SETTINGS, **FORM, retention_days="29", confirmed="30").status_code == 200, "another number"
    assert admin.post(SETTINGS, **FORM, retention_days="30", confirmed="30").status_code == 303
    assert '"retention_days":"60 dagar → 30 dagar"' in organisation.log_entries("settings.changed")[-1]
    let_session_age(organisation)
    assert admin.post(SETTINGS, **FORM, retention_days="31").status_code == 303
    assert "/step-up" in admin.post(SETTINGS, **FORM, retention_days="20", confirmed="20").headers["location"]


def test_a_catalogues_number_is_confirmed_likewise(
    browse: Browse,
    files: Files,
    case_worker: SampleUser,
    catalogue: Entry,
    old_file: Entry,
    organisation: SampleOrganisation,
) -> None:
    """Until somebody has said yes nothing is saved; the event log has the change."""
    browser, page = browse(case_worker), f"{PAGE}/{catalogue.id}"
    assert "Gallras inte." in browser.get(page).text
    warned = browser.post(page, how="days", days="30")
    assert warned.status_code == 200
    assert "Antal: 1." in warned.text
    assert files.do(case_worker, choice_of, catalogue) == Choice()
    assert browser.post(page, how="days", days="29", confirmed="30").status_code == 200, "another number"
    saved = browser.post(page, how="days", days="30", confirmed="30")
    assert saved.status_code == 303
    shown = browser.get(saved.headers["location"]).text
    assert "Gallringen är sparad." in shown
    assert "Gallras efter 30 dagar." in shown
    assert '"days":30' in organisation.log_entries("files.retention-changed")[-1]
    assert "Gallras natten till" in browser.get(f"{PAGE}/{old_file.id}").text
    for faulty in ({"how": "days", "days": "0"}, {"how": "days", "days": "tio"}, {"how": "kind", "kind": "x"}):
        assert browser.post(page, **faulty).status_code == 422
    let_session_age(organisation)
    assert browser.post(page, how="days", days="50").status_code == 303, "a higher number destroys nothing"
    assert "/step-up" in browser.post(page, how="days", days="20", confirmed="20").headers["location"]
    assert files.do(case_worker, choice_of, catalogue) == Choice(days=50)


def test_back_to_a_lower_number_above_is_a_lower_number(
    browse: Browse,
    files: Files,
    host: Host,
    case_worker: SampleUser,
    administrator: SampleUser,
    catalogue: Entry,
    old_file: Entry,
) -> None:
    """To follow the organisation again destroys as much as a number does."""
    with host.work(administrator) as work:
        write_settings(work, FileSettings, {"retention_days": 10})
    files.do(case_worker, choose, catalogue, Choice(days=100))
    browser, page = browse(case_worker), f"{PAGE}/{catalogue.id}"
    assert "Antal: 1." in browser.post(page, how="above").text
    assert files.do(case_worker, choice_of, catalogue) == Choice(days=100)
    assert browser.post(page, how="above", confirmed="above").status_code == 303


def test_kinds_of_the_schedule(
    browse: Browse,
    files: Files,
    host: Host,
    case_worker: SampleUser,
    administrator: SampleUser,
    catalogue: Entry,
    old_file: Entry,
) -> None:
    """A catalogue may have a kind whose days count from what a file has; one that is gone destroys nothing."""
    browser, page = browse(case_worker), f"{PAGE}/{catalogue.id}"
    assert "Enligt en handlingstyp" not in browser.get(page).text, "there is no schedule"
    content, records = plan_csv(), host.platform.plugins.host("records")
    with host.work(administrator) as work:
        import_plan(records, work, content, hashlib.sha256(content).hexdigest())
    kinds = {kind.label: kind for kind in load_kinds(host, files.organisation.id).values()}
    assert {label: kind.days for label, kind in kinds.items()} == {"1.3.2 Ringa betydelse": 90, "1.3.4 Avslag": None}
    shown = browser.get(page).text
    assert "1.3.2 Ringa betydelse: Gallras efter 90 dagar." in shown
    assert "1.3.4 Avslag: Gallras inte." in shown
    kind = kinds["1.3.2 Ringa betydelse"]
    assert browser.post(page, how="kind", kind=str(kind.id)).status_code == 303, "nothing is so old"
    let_pass(files, days=60)
    files.do(case_worker, choose, catalogue, Choice())
    assert "Antal: 1." in browser.post(page, how="kind", kind=str(kind.id)).text
    assert browser.post(page, how="kind", kind=str(kind.id), confirmed=str(kind.id)).status_code == 303
    content = plan_csv("1.3.4;Avslag;;;bevaras;;;ja;5;;;;")
    with host.work(administrator) as work:
        import_plan(records, work, content, hashlib.sha256(content).hexdigest())
    assert "Handlingstypen finns inte längre i hanteringsplanen, så inget gallras." in browser.get(page).text


def test_who_may_see_and_change_it(
    browse: Browse,
    files: Files,
    case_worker: SampleUser,
    colleague: SampleUser,
    administrator: SampleUser,
    catalogue: Entry,
    old_file: Entry,
) -> None:
    """Readers and authors see when it is gone, administrators of the catalogue decide; others find nothing."""
    for nobody in (colleague, administrator):
        assert browse(nobody).get(f"{PAGE}/{catalogue.id}").status_code == 404
        assert browse(nobody).post(f"{PAGE}/{catalogue.id}", how="days", days="900").status_code == 404
    files.share(case_worker, catalogue, colleague, AccessRole.AUTHOR)
    browser = browse(colleague)
    assert 'name="how"' not in browser.get(f"{PAGE}/{catalogue.id}").text
    assert browser.post(f"{PAGE}/{catalogue.id}", how="days", days="900").status_code == 403
    assert browse(case_worker).post(f"{PAGE}/{old_file.id}", how="days", days="900").status_code == 404
    assert browse(case_worker).post(f"{PAGE}/{catalogue.id}", csrf="", how="days", days="900").status_code == 403
