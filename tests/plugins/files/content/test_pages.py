"""The page Lägg till as it works without a script."""

from collections.abc import Callable

import pytest
from tests.core.web.jar import Jar, token
from tests.plugins.files.conftest import Files

from budkavle import Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser, do_job
from budkavle.testing.browsing import Browser
from budkavle_files.content import uploads
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.tree.versions import FILES, find_version

Browse = Callable[..., Browser]


@pytest.fixture
def anna(organisation: SampleOrganisation) -> object:
    return organisation.case_worker


@pytest.fixture
def catalogue(files: Files, anna: object) -> Entry:
    return files.catalogue(anna, "Kartor")


def stored(platform: Platform) -> int:
    return sum(path.is_file() for path in platform.settings.blob_folder.rglob("*"))


@pytest.mark.feature("D3")
def test_several_files_are_added_by_a_plain_form(browse: Browse, files: Files, anna: object, catalogue: Entry) -> None:
    """Without a script the form carries them; the page says so."""
    page = browse(anna)
    chosen = [("file", ("a.txt", b"one", "text/plain")), ("file", ("b.txt", b"two", "text/plain"))]
    answer = page.post(f"/plugin/files/{catalogue.id}/add", files=chosen)
    assert answer.status_code == 303
    assert "Filen är på plats." in page.get(answer.headers["location"]).text
    assert files.names(anna, catalogue) == ["a.txt", "b.txt"]
    found = files.do(anna, _find, catalogue, "a.txt")
    assert page.get(f"/plugin/files/{found.id}/content").content == b"one"
    page.post(f"/plugin/files/{found.id}/add", files=[("file", ("a2.txt", b"newer", "text/plain"))])
    assert page.get(f"/plugin/files/{found.id}/content").content == b"newer"
    assert page.get(f"/plugin/files/{found.id}/content?version=1").content == b"one"


def test_a_form_that_came_too_late_may_be_sent_once_more(browse: Browse, anna: SampleUser, catalogue: Entry) -> None:
    """After signing in again in the same browser: its files are to be chosen again, and nothing else is wrong."""
    path, own = f"/plugin/files/{catalogue.id}/add", Jar(browse(anna))
    own.cookies |= {"browser": "ett", "budkavle": f"{anna.organisation_id}.over"}
    late = own.ask("POST", path, csrf="of the session before")
    assert late.status_code == 401
    again = Jar(browse(anna))
    again.cookies["browser"] = "ett"
    answer = again.ask("POST", path, csrf=token(late))
    assert (answer.status_code, "Välj minst en fil." in answer.text) == (422, True)


def _find(host: object, work: object, catalogue: Entry, name: str) -> Entry:
    from budkavle_files.tree.entries import find_named

    found = find_named(host, work, catalogue, name)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_what_is_refused_leaves_no_bytes(
    browse: Browse, files: Files, anna: object, catalogue: Entry, platform: Platform, organisation: SampleOrganisation
) -> None:
    """Another session's token, no file, no room, no right: nothing is in the store."""
    path, chosen = f"/plugin/files/{catalogue.id}/add", [("file", ("a.txt", b"one", "text/plain"))]
    assert browse(anna).post(path, csrf="other", files=chosen).status_code == 403
    assert browse(anna).post(path, files=[("file", ("", b"", "text/plain"))]).status_code == 422
    other = organisation.administrator
    assert browse(other).post(path, files=chosen).status_code == 404
    assert browse(other).get(path).status_code == 404
    files.share(anna, catalogue, other, AccessRole.READER)
    assert browse(other).post(path, files=chosen).status_code == 403
    assert browse(other).get(path).status_code == 403
    with files.host.work(other) as work:
        write_settings(work, FileSettings, {"quota": 1})
    big = files.host.transaction(organisation.id)
    with big as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE files_entries SET stored = 1000000000"))
    assert browse(anna).post(path, files=chosen).status_code == 409
    assert stored(platform) == 0
    assert files.names(anna, catalogue) == []


def test_what_a_killed_process_left_is_destroyed(
    files: Files, platform: Platform, case_worker: SampleUser, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """A sealed file that nothing in the tree has goes after a day; what versions and uploads have stays."""
    kept = files.file(case_worker, catalogue, "kvar.txt", b"kvar")
    with files.host.work(case_worker) as work:
        left = FILES.keep(work, catalogue.id, "bort.txt", "text/plain", [b"bort"])
        coming = uploads.begin(files.host, work, uploads.NewUpload(catalogue.id, "kommer.txt", 3), case_worker.user_id)
    do_job(platform, "files.forgotten-files")
    assert {row.id for row in organisation.rows("SELECT id FROM owned_files")} >= {left.id, coming.id}
    with platform.database.transaction(organisation.id) as connection:
        connection.exec_driver_sql("UPDATE owned_files SET kept_at = now() - interval '25 hours'")
    do_job(platform, "files.forgotten-files")
    rows = {row.id for row in organisation.rows("SELECT id FROM owned_files")}
    assert left.id not in rows
    assert coming.id in rows
    with files.host.work(case_worker) as work:
        chunks = FILES.open(work, find_version(files.host, work, files.reach(case_worker, kept)).file_id)
    assert b"".join(chunks) == b"kvar"
