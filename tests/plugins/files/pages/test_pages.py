"""The pages of Filer: every step through the page, and every route by every role with foreign ids."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.status_codes import HTTP_404_NOT_FOUND
from tests.plugins.files.conftest import Files

from budkavle import Host
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.pages import parts
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sharing import list_access
from budkavle_files.tree.things import AccessRole, Entry, EntryKind

Browse = Callable[..., Any]
PATH = "/plugin/files"
READER, AUTHOR, ADMINISTRATOR = AccessRole


def follow(browser: Any, answer: Any) -> Any:
    """Follow the redirect after a step."""
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"])


def kinds_of_events(files: Files) -> set[str]:
    return {row.kind for row in files.organisation.rows("SELECT kind FROM audit_log WHERE kind LIKE 'files.%'")}


@pytest.mark.feature("D1", "D2")
def test_a_catalogue_comes_first_and_others_in_it(files: Files, case_worker: SampleUser, browse: Browse) -> None:
    """The empty start says that a catalogue comes first; catalogues lie in others to any depth."""
    browser = browse(case_worker)
    start = browser.get(PATH)
    assert "Skapa en katalog först" in start.text
    assert 'href="/plugin/files"' in browser.get("/account").text  # the line of the navigation
    made = follow(browser, browser.post(f"{PATH}/new", name="Barn och unga"))
    assert "Katalogen är skapad" in made.text
    assert "Katalogen är tom" in made.text
    (row,) = files.rows("SELECT id FROM files_entries")
    parent = str(row.id)
    for name in ("Utredning", "Underlag", "Djupast"):
        made = follow(browser, browser.post(f"{PATH}/new", name=name, parent=parent))
        parent = str(made.url).rpartition("/")[2].partition("?")[0]
    for name in ("Barn och unga", "Utredning", "Underlag"):
        assert name in made.text  # the way to it
    beside = browser.get(f"{PATH}/e/{row.id}")
    assert 'name="sub-name"' in beside.text
    within = follow(browser, browser.post(f"{PATH}/new", parent=str(row.id), **{"sub-name": "Fr\u202eån panelen"}))
    assert "Från panelen" in within.text
    slash = browser.post(f"{PATH}/new", name="En\x1brad")
    assert "Namnet får inte ha snedstreck eller tecken som inte syns." in slash.text
    taken = browser.post(f"{PATH}/new", name="Barn och unga")
    assert taken.status_code == 422
    assert "Det finns redan något som heter Barn och unga" in taken.text


@pytest.mark.feature("D9")
def test_a_catalogue_says_who_reaches_it(
    files: Files, case_worker: SampleUser, organisation: SampleOrganisation, browse: Browse
) -> None:
    """One's own is reached by nobody else; that of a mailbox by all of its members, shared or not."""
    browser, mailbox = browse(case_worker), organisation.mailbox
    own = follow(browser, browser.post(f"{PATH}/new", name="Mina mallar"))
    assert "Ingen annan når katalogen." in own.text
    boxes = follow(browser, browser.post(f"{PATH}/new", name="Barn och unga", mailbox=str(mailbox.id)))
    assert f"Alla medlemmar i {mailbox.name} når katalogen." in boxes.text
    assert "Ingen annan når katalogen." not in boxes.text


@pytest.mark.feature("D5", "D6", "D7")
def test_updating_through_the_sheet(files: Files, case_worker: SampleUser, browse: Browse) -> None:
    """The dots of a row and the gear of a catalogue lead to the sheet, where the name is changed."""
    top = files.catalogue(case_worker, "Barn och unga")
    entries = [
        files.file(case_worker, top, "Plan.pdf"),
        files.file(case_worker, top, "Samtal", kind=EntryKind.NOTE),
        top,
    ]
    browser = browse(case_worker)
    page = browser.get(f"{PATH}/c/{top.id}").text
    for entry in entries:
        assert f'href="{PATH}/e/{entry.id}">Uppdatera</a>' in page
        assert f'href="{PATH}/e/{entry.id}?tab=shares"' in page
        values = {"name": f"Nytt {entry.name}", "loa": "2", "confidential": "1"}
        saved = follow(browser, browser.post(f"{PATH}/e/{entry.id}/settings", **values))
        assert "Ändringarna är sparade" in saved.text
        assert f"Nytt {entry.name}" in saved.text
        assert "Sekretess" in saved.text
    for loa in ("", "4", "x"):
        unknown = browser.post(f"{PATH}/e/{top.id}/settings", name="Ett annat namn", loa=loa)
        assert (unknown.status_code, 'id="loa-error"' in unknown.text) == (422, True)
        assert 'value="Ett annat namn"' in unknown.text
    empty = browser.post(f"{PATH}/e/{top.id}/settings", name=" ", loa="0")
    assert empty.status_code == 422
    assert "Skriv ett namn" in empty.text
    assert {"files.renamed", "files.settings-changed"} <= kinds_of_events(files)


@pytest.mark.feature("D9", "D10", "D11", "D12")
def test_sharing_through_the_page(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """One searches, ticks several, chooses role and last day; the list says who reaches it, why and until when."""
    top = files.catalogue(case_worker, "Barn och unga")
    file = files.file(case_worker, top, "Plan.pdf")
    browser, colleague, mailbox = browse(case_worker), organisation.colleague, organisation.mailbox
    found = browser.get(f"{PATH}/e/{top.id}?tab=shares&q={colleague.name.split()[0]}&who=mailbox:{mailbox.id}").text
    assert f'value="person:{colleague.user_id}"' in found
    assert f'value="mailbox:{mailbox.id}" checked' in found
    assert f'formaction="{PATH}/e/{top.id}/shares?tab=shares"' in found
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    who = [f"person:{colleague.user_id}", f"mailbox:{mailbox.id}"]
    shares = f"{PATH}/e/{top.id}/shares"
    assert "Välj vem du vill dela med" in browser.post(shares, role="author").text
    assert "Välj en dag" in browser.post(shares, who=who, role="author", until="2020-01-01").text
    for wrong in ("i morgon", "9999-12-31"):
        assert "ÅÅÅÅ-MM-DD" in browser.post(shares, who=who, role="author", until=wrong).text
    for word in ("owner", "", "READER"):
        refused = browser.post(f"{shares}?tab=shares", who=who, role=word, until=day)
        assert (refused.status_code, 'id="role-error"' in refused.text) == (422, True)
        assert f'value="{who[0]}" checked' in refused.text
    shared = follow(browser, browser.post(shares, who=who, role="administrator", until=day))
    assert "Slutar" in shared.text
    assert f"delat av {case_worker.name}" in shared.text
    assert "ärvt från Barn och unga" in browser.get(f"{PATH}/e/{file.id}?tab=shares").text
    theirs = browse(colleague)
    assert "Barn och unga" in theirs.get(PATH).text
    assert theirs.post(f"{PATH}/e/{top.id}/settings", name="Annat namn", loa="0").status_code == 303
    assert theirs.get(f"{PATH}/reach/{file.id}").status_code == 204
    with files.host.work(case_worker) as work:
        ids = {each.name: each.share.id for each in list_access(files.host, work, top) if each.share}
    assert browser.post(f"{PATH}/shares/{ids[mailbox.name]}", role="reader", step="end").status_code == 303
    change = f"{PATH}/shares/{ids[colleague.name]}"
    assert "Delningen är sparad" in follow(browser, browser.post(change, role="reader", until="")).text
    assert theirs.post(f"{PATH}/e/{top.id}/settings", name="Än en gång", loa="0").status_code == 403
    assert "Delningen är avslutad" in follow(browser, browser.post(change, step="end")).text
    assert theirs.get(f"{PATH}/reach/{file.id}").status_code == HTTP_404_NOT_FOUND


@pytest.mark.feature("D5")
def test_moving_and_copying_through_the_page(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """One opens catalogues until the right one is there, and reads who will reach it before it is done."""
    first, second = files.catalogue(case_worker, "Ett"), files.catalogue(case_worker, "Två")
    plan, note = (
        files.file(case_worker, first, "Plan.pdf"),
        files.file(case_worker, first, "Samtal", kind=EntryKind.NOTE),
    )
    files.share(case_worker, second, organisation.outsider, READER)
    browser = browse(case_worker)
    query = f"id={plan.id}&id={note.id}"
    assert f"to={second.id}" in browser.get(f"{PATH}/move?{query}").text
    page = browser.get(f"{PATH}/move?{query}&to={second.id}").text
    assert f"De här får tillgång: {organisation.outsider.name}." in page
    moved = follow(
        browser, browser.post(f"{PATH}/move", id=[str(plan.id), str(note.id)], to=str(second.id), how="move")
    )
    assert "Plan.pdf" in moved.text
    assert files.names(case_worker, first) == []
    follow(browser, browser.post(f"{PATH}/move", id=str(plan.id), to=str(first.id), how="copy"))
    assert files.names(case_worker, first) == ["Plan.pdf"]
    below = files.catalogue(case_worker, "Under", first)
    refused = browser.post(f"{PATH}/move", id=str(first.id), to=str(below.id), how="move")
    assert refused.status_code == 422
    assert "En katalog kan inte flyttas till sig själv" in refused.text
    assert (
        "Det går inte att lägga det i den här katalogen" in browser.get(f"{PATH}/move?id={first.id}&to={below.id}").text
    )


@pytest.mark.feature("D8")
def test_deleting_and_restoring_through_the_page(files: Files, case_worker: SampleUser, browse: Browse) -> None:
    """Each kind is deleted after a question, lies in the bin, and is restored or destroyed from there."""
    top = files.catalogue(case_worker, "Ett")
    things = [
        files.file(case_worker, top, "Plan.pdf"),
        files.file(case_worker, top, "Samtal", kind=EntryKind.NOTE),
        files.catalogue(case_worker, "Under", top),
    ]
    files.file(case_worker, things[2], "Inuti.pdf")
    browser = browse(case_worker)
    question = browser.get(f"{PATH}/delete?" + "&".join(f"id={each.id}" for each in things)).text
    assert "Ta bort?" in question
    assert "och 1 sak som ligger i den" in question
    assert len(files.names(case_worker, top)) == 3  # only asked
    done = follow(browser, browser.post(f"{PATH}/delete", id=[str(each.id) for each in things]))
    assert "Det ligger i papperskorgen" in done.text
    assert "Katalogen är tom" in done.text
    shown = browser.get(f"{PATH}/bin").text
    assert all(each.name in shown for each in things)
    assert "Inuti.pdf" not in shown
    back = follow(browser, browser.post(f"{PATH}/bin/restore", id=[str(things[0].id), str(things[2].id)]))
    assert "Återställt" in back.text
    assert files.names(case_worker, top) == ["Under", "Plan.pdf"]
    follow(browser, browser.post(f"{PATH}/bin/destroy", id=str(things[1].id)))
    assert "Papperskorgen är tom" in browser.get(f"{PATH}/bin").text
    assert {"files.deleted", "files.restored", "files.destroyed"} <= kinds_of_events(files)


@pytest.mark.feature("Q6")
def test_what_each_role_is_shown(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """A recipient of a catalogue reads, an author adds, an administrator of it also shares and changes it."""
    top = files.catalogue(case_worker, "Ett")
    files.file(case_worker, top, "Plan.pdf")
    browser = browse(organisation.colleague)
    for role, may_add, may_share in ((READER, False, False), (AUTHOR, True, False), (ADMINISTRATOR, True, True)):
        files.share(case_worker, top, organisation.colleague, role)
        assert ("Ny katalog</summary>" in browser.get(f"{PATH}/c/{top.id}").text) is may_add
        assert ("Dela med fler" in browser.get(f"{PATH}/e/{top.id}?tab=shares").text) is may_share
        saved = browser.post(f"{PATH}/e/{top.id}/settings", name=f"Ett {role}", loa="0")
        assert saved.status_code == (303 if may_share else 403)


@pytest.mark.feature("O10")
def test_the_settings_of_the_organisation(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """An administrator chooses who creates catalogues, guests, days in the bin and room; the pages follow."""
    browser = browse(organisation.administrator)
    page = browser.get("/organisation/settings/files.files")
    for label in (
        "Vem som får skapa kataloger",
        "Dela med gäster",
        "Dagar i Filers papperskorg",
        "Utrymme för varje person",
    ):
        assert label in page.text
    values = {"creators": "administrators", "guests": "", "bin_days": "7", "quota": "5", "quota_in_all": "0"}
    values |= {"webdav": "", "webdav_loa": "2", "retention_days": "0"}
    assert browser.post("/organisation/settings/files.files", **values).status_code == 303
    theirs = browse(case_worker)
    assert "Organisationens administratörer skapar kataloger" in theirs.get(PATH).text
    assert theirs.post(f"{PATH}/new", name="Ett").status_code == 403
    assert "i 7 dagar" in theirs.get(f"{PATH}/bin").text
    assert "av 5" in theirs.get(PATH).text


def test_a_job_tidies(files: Files, organisation: SampleOrganisation, case_worker: SampleUser, host: Host) -> None:
    """In every organisation: shares end, and the bin is emptied after the organisation's days."""
    with host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"bin_days": 7})
    top = files.catalogue(case_worker, "Ett")
    files.share(case_worker, top, organisation.colleague, READER)
    files.rows("UPDATE files_shares SET until = now() RETURNING 1")
    files.rows("UPDATE files_entries SET binned_at = now() - interval '8 days', binned_with = id RETURNING 1")
    assert parts.tidy(host) == 2
    assert files.rows("SELECT 1 FROM files_entries UNION ALL SELECT 1 FROM files_shares") == []


def routes(entry: Entry, share_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return every route that names something, as method, path and form."""
    thing = str(entry.id)
    return [
        ("get", f"{PATH}/c/{thing}", {}),
        ("get", f"{PATH}/e/{thing}", {}),
        ("get", f"{PATH}/e/{thing}?tab=shares", {}),
        ("get", f"{PATH}/reach/{thing}", {}),
        ("get", f"{PATH}/move?id={thing}", {}),
        ("get", f"{PATH}/delete?id={thing}", {}),
        ("post", f"{PATH}/new", {"name": "Inbrott", "parent": thing}),
        ("post", f"{PATH}/e/{thing}/settings", {"name": "Inbrott", "loa": "0"}),
        ("post", f"{PATH}/e/{thing}/shares", {"who": f"person:{uuid4()}", "role": "reader"}),
        ("post", f"{PATH}/shares/{share_id}", {"step": "end"}),
        ("post", f"{PATH}/move", {"id": thing, "to": thing, "how": "move"}),
        ("post", f"{PATH}/delete", {"id": thing}),
        ("post", f"{PATH}/bin/restore", {"id": thing}),
        ("post", f"{PATH}/bin/destroy", {"id": thing}),
    ]


@pytest.mark.parametrize("who", ["outsider", "administrator", "stranger"])
def test_nobody_reaches_what_is_not_shared(
    files: Files, organisation: SampleOrganisation, other_administrator: SampleUser, browse: Browse, who: str
) -> None:
    """Neither a colleague, nor the organisation's administrator, nor somebody of another organisation, by any route."""
    case_worker = organisation.case_worker
    top = files.catalogue(case_worker, "Hemligt")
    files.share(case_worker, top, organisation.colleague, READER)
    (share,) = files.rows("SELECT id FROM files_shares")
    person = other_administrator if who == "stranger" else getattr(organisation, who)
    browser, mine = browse(person), files
    for method, path, form in routes(top, str(share.id)):
        answer = browser.get(path) if method == "get" else browser.post(path, **form)
        assert answer.status_code == HTTP_404_NOT_FOUND, (method, path)
        assert "Hemligt" not in answer.text
    assert [row.binned_at for row in mine.rows("SELECT binned_at FROM files_entries")] == [None]
    assert len(mine.rows("SELECT id FROM files_shares")) == 1


def test_a_reader_changes_nothing(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Every changing route is forbidden to who may only read."""
    top = files.catalogue(case_worker, "Ett")
    target = files.catalogue(organisation.colleague, "Mitt")
    files.share(case_worker, top, organisation.colleague, READER)
    (share,) = files.rows("SELECT id FROM files_shares")
    browser = browse(organisation.colleague)
    for method, path, form in routes(top, str(share.id)):
        if method == "post" and not path.startswith(f"{PATH}/bin"):
            answer = browser.post(path, **(form | ({"to": str(target.id)} if "to" in form else {})))
            assert answer.status_code == 403, path


def test_who_is_not_signed_in_is_led_to_sign_in(files: Files, case_worker: SampleUser, browse: Browse) -> None:
    top = files.catalogue(case_worker, "Ett")
    for path in (PATH, f"{PATH}/c/{top.id}", f"{PATH}/bin"):
        answer = browse().get(path)
        assert answer.status_code == 303
        assert "Ett" not in answer.text


def test_what_was_shared_on_its_own_shows_no_catalogue(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Whoever reaches a file alone sees its sheet, and nothing of what lies beside it."""
    top = files.catalogue(case_worker, "Hemlig katalog")
    file = files.file(case_worker, top, "Plan.pdf")
    files.file(case_worker, top, "Annat.pdf")
    files.share(case_worker, file, organisation.outsider, READER)
    page = browse(organisation.outsider).get(f"{PATH}/e/{file.id}")
    assert page.status_code == 200
    assert "Plan.pdf" in page.text
    assert "Hemlig katalog" not in page.text
    assert "Annat.pdf" not in page.text


def test_a_long_list_has_pages_and_orders(files: Files, case_worker: SampleUser, browse: Browse) -> None:
    top = files.catalogue(case_worker, "Ett")
    for number in range(52):
        files.file(case_worker, top, f"Fil {number}.txt")
    browser = browse(case_worker)
    first = browser.get(f"{PATH}/c/{top.id}").text
    assert "1 till 50 av 52" in first
    assert "Fil 51.txt" not in first
    assert "Fil 51.txt" in browser.get(f"{PATH}/c/{top.id}?from=51").text
    assert "Fil 51.txt" in browser.get(f"{PATH}/c/{top.id}?sort=-name").text
    assert browser.get(f"{PATH}/c/{top.id}?sort=x&from=y").status_code == 200
    assert len(first.encode()) < 102_400
