"""The server's part of tus: what a client may do, where it goes on, and who may not."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.plugins.files.conftest import Files

from budkavle import Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import Browser
from budkavle.testing.working import do_job
from budkavle_files.content import uploads
from budkavle_files.content.tus import PATH, number, read_metadata
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.tree.versions import FILES, find_version, list_versions

CONTENT = b"a map of the way home " * 3000
Browse = Callable[..., Browser]


class Client:
    """Somebody who uploads by the protocol."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def ask(self, method: str, path: str, content: bytes = b"", **headers: str) -> object:
        more = {"cookie": f"budkavle={self.browser.cookie}", "sec-fetch-site": "same-origin", "accept": "*/*"}
        more |= {"x-csrf": self.browser.csrf, "tus-resumable": "1.0.0"}
        more |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.browser.client.cookies.clear()
        return self.browser.client.request(method, path, content=content, headers=more)

    def begin(self, target: UUID, size: int = len(CONTENT), name: str = "karta.pdf", **more: str) -> object:
        """Name a file."""
        said = {"filename": name, "filetype": "application/pdf", "target": str(target), **more}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        return self.ask("POST", PATH, upload_length=str(size), upload_metadata=pairs)

    def send(self, url: str, offset: int, content: bytes, **headers: str) -> object:
        """Send bytes."""
        kind = {"content_type": "application/offset+octet-stream", "upload_offset": str(offset)}
        return self.ask("PATCH", url, content, **{**kind, **headers})

    def offset(self, url: str) -> int:
        """Ask how many bytes there are."""
        return int(self.ask("HEAD", url).headers["upload-offset"])

    def upload(self, target: UUID, content: bytes = CONTENT, **more: str) -> None:
        """Send a whole file."""
        url = self.begin(target, len(content), **more).headers["location"]
        assert self.send(url, 0, content).status_code == 204


@pytest.fixture
def anna(organisation: SampleOrganisation) -> object:
    return organisation.case_worker


@pytest.fixture
def client(browse: Browse, anna: object) -> Client:
    return Client(browse(anna))


@pytest.fixture
def catalogue(files: Files, anna: object) -> Entry:
    return files.catalogue(anna, "Kartor")


def latest(files: Files, who: object, catalogue: Entry, name: str = "karta.pdf") -> bytes:
    """Return what the latest version of a file is."""
    from budkavle_files.tree.entries import find_named

    with files.host.work(who) as work:
        entry = find_named(files.host, work, catalogue, name)
        chunks = FILES.open(work, find_version(files.host, work, entry).file_id)
    return b"".join(chunks)


def test_a_file_comes_in_parts_and_is_there_when_it_is_whole(
    client: Client, files: Files, anna: object, catalogue: Entry
) -> None:
    """An address for the file, bytes at their offset, and the file stands in its catalogue after the last."""
    answer = client.begin(catalogue.id)
    url = answer.headers["location"]
    assert (answer.status_code, answer.headers["tus-resumable"]) == (201, "1.0.0")
    answer = client.send(url, 0, CONTENT[:30_000])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "30000")
    answer = client.ask("HEAD", url)
    assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("30000", str(len(CONTENT)))
    assert answer.headers["cache-control"] == "no-store"
    assert files.names(anna, catalogue) == []
    assert client.send(url, 30_000, CONTENT[30_000:]).status_code == 204
    assert latest(files, anna, catalogue) == CONTENT
    assert client.ask("HEAD", url).status_code == 404


def test_what_the_protocol_does_not_allow_is_refused(client: Client, catalogue: Entry) -> None:
    """Version, offset, type, length, token: each by its own status, and nothing changes."""
    url = client.begin(catalogue.id).headers["location"]
    for status, headers in (
        (412, {"tus_resumable": "0.9"}),
        (409, {"upload_offset": "5"}),
        (400, {"upload_offset": "-1"}),
        (400, {"upload_offset": "+0"}),
        (415, {"content_type": "text/plain"}),
        (403, {"x_csrf": "other"}),
    ):
        assert client.send(url, 0, b"abc", **headers).status_code == status, headers
    assert client.ask("PATCH", f"{PATH}/{uuid4()}", b"a").status_code == 415
    assert client.send(f"{PATH}/{uuid4()}", 0, b"a").status_code == 404
    assert client.offset(url) == 0
    assert client.begin(catalogue.id, (5 << 30) + 1).status_code == 413
    assert client.begin(catalogue.id, name="").status_code == 422
    assert client.begin(uuid4()).status_code == 404
    answer = client.ask("OPTIONS", PATH)
    assert (answer.headers["tus-version"], answer.headers["tus-extension"]) == ("1.0.0", "creation,termination")


def test_what_is_whole_takes_one_of_the_senders_own_threads(
    client: Client, catalogue: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judging it may take long, and theirs leave threads for those of others."""
    threads, busy = client.browser.client.app.state.upload_threads, []
    marks, finish, of = [], uploads.finish, threads.of

    def own(whose: object) -> object:
        marks.append(whose)
        return of(whose)

    def finished(*args: object) -> None:
        busy.append([of(mark).borrowed_tokens for mark in marks])
        finish(*args)

    monkeypatch.setattr(threads, "of", own)
    monkeypatch.setattr(uploads, "finish", finished)
    client.upload(catalogue.id)
    assert busy == [[1]]
    assert None not in marks


def test_more_bytes_than_were_named_are_refused(client: Client, catalogue: Entry) -> None:
    """The named size is the most."""
    url = client.begin(catalogue.id, 10).headers["location"]
    assert client.send(url, 0, b"0123456789a").status_code == 413
    assert client.offset(url) == 0
    assert client.send(url, 0, b"0123456789").status_code == 204


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30) | st.integers(-3, 12).map(str))
def test_any_offset_header_moves_nothing(client: Client, catalogue: Entry, value: str) -> None:
    """Whatever stands in Upload-Offset, only the digits of the right place are taken."""
    url = client.begin(catalogue.id, 10).headers["location"]
    headers = {"upload_offset": value.strip()}
    answer = client.ask("PATCH", url, b"abc", content_type="application/offset+octet-stream", **headers)
    taken = headers["upload_offset"].isascii() and headers["upload_offset"].strip("0") == "" != headers["upload_offset"]
    assert answer.status_code == (204 if taken else 400 if number(headers["upload_offset"]) is None else 409)
    assert client.offset(url) == (3 if taken else 0)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text(max_size=40), max_size=6))
def test_metadata_is_read_as_it_was_written(said: dict[str, str]) -> None:
    """Keys with values in base64, between commas."""
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    assert read_metadata(pairs) == said


@pytest.mark.feature("D2", "D3")
def test_folders_are_made_below_the_catalogue(client: Client, files: Files, anna: object, catalogue: Entry) -> None:
    """A file of a folder lies in a catalogue of that name; a file of the same name gets a number."""
    client.upload(catalogue.id, path="Resor/2026/karta.pdf")
    client.upload(catalogue.id, b"another", path="Resor/2026/karta.pdf")
    assert files.names(anna, catalogue) == ["Resor"]
    from budkavle_files.tree.entries import find_named

    with files.host.work(anna) as work:
        deep = find_named(files.host, work, find_named(files.host, work, catalogue, "Resor"), "2026")
    assert files.names(anna, deep) == ["karta (2).pdf", "karta.pdf"]


def test_a_new_version_comes_the_same_way(client: Client, files: Files, anna: object, catalogue: Entry) -> None:
    """Bytes for a file are its next version; the one before stays."""
    entry = files.file(anna, catalogue, "karta.pdf")
    client.upload(entry.id)
    assert latest(files, anna, catalogue) == CONTENT
    with files.host.work(anna) as work:
        assert [version.number for version in list_versions(files.host, work, files.reach(anna, entry))] == [2, 1]


def test_the_browser_finds_its_upload_again_by_a_fingerprint(client: Client, catalogue: Entry) -> None:
    """The server says where an upload of the same file waits; the table has no readable word of it."""
    url = client.begin(catalogue.id, fingerprint="f00d").headers["location"]
    assert client.ask("GET", PATH, x_fingerprint="f00d").json() == [{"url": url, "size": len(CONTENT)}]
    assert client.ask("GET", PATH, x_fingerprint="beef").json() == []
    assert client.ask("GET", PATH).json() == []


def test_nobody_else_comes_near_an_upload(
    client: Client,
    browse: Browse,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    catalogue: Entry,
) -> None:
    """Other people of the organisation, of another one, and those who are not signed in."""
    url = client.begin(catalogue.id, fingerprint="f00d").headers["location"]
    for who in (organisation.administrator, other_organisation.case_worker):
        other = Client(browse(who))
        assert other.send(url, 0, CONTENT).status_code == 404
        assert other.ask("HEAD", url).status_code == 404
        assert other.ask("DELETE", url).status_code == 404
        assert other.begin(catalogue.id).status_code == 404
        assert other.ask("GET", PATH, x_fingerprint="f00d").json() == []
    assert Client(browse(None)).ask("HEAD", url).status_code == 401
    assert client.offset(url) == 0
    refused = [json.loads(entry)["thing"] for entry in organisation.log_entries("files.not-readable")]
    assert sorted(refused) == sorted([url.rpartition("/")[2], str(catalogue.id)])
    assert client.ask("HEAD", f"{PATH}/{uuid4()}").status_code == 404
    assert organisation.log_entries("files.not-there") == []


def test_who_may_no_longer_write_gets_nothing_in(
    client: Client, files: Files, browse: Browse, organisation: SampleOrganisation, catalogue: Entry, anna: object
) -> None:
    """A reader may not begin; an author whose share ends on the way does not end it."""
    other = organisation.administrator
    files.share(anna, catalogue, other, AccessRole.READER)
    theirs = Client(browse(other))
    assert theirs.begin(catalogue.id).status_code == 403
    files.share(anna, catalogue, other, AccessRole.AUTHOR)
    url = theirs.begin(catalogue.id).headers["location"]
    with files.host.transaction(organisation.id) as connection:
        connection.execute(text("DELETE FROM files_shares"))
    assert theirs.send(url, 0, CONTENT).status_code == 404
    assert files.names(anna, catalogue) == []


def test_room_is_reserved_and_freed(
    client: Client, files: Files, organisation: SampleOrganisation, catalogue: Entry
) -> None:
    """What is on its way counts; given up, it counts no more. The whole organisation has a limit, too."""
    from budkavle_files.tree.settings import FileSettings

    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"quota": 1})
    url = client.begin(catalogue.id, 700_000_000).headers["location"]
    answer = client.begin(catalogue.id, 400_000_000)
    assert (answer.status_code, "700 MB" in answer.text) == (409, True)
    assert client.ask("DELETE", url).status_code == 204
    assert client.begin(catalogue.id, 400_000_000).status_code == 201
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"quota": 0, "quota_in_all": 1})
    assert client.begin(catalogue.id, 700_000_000).status_code == 409


def test_what_nobody_goes_on_with_is_swept(
    client: Client, platform: Platform, organisation: SampleOrganisation, catalogue: Entry
) -> None:
    """After a day without a byte an upload is gone, with its bytes; a younger one stays."""
    old, young = (client.begin(catalogue.id).headers["location"] for _ in range(2))
    for url in (old, young):
        client.send(url, 0, CONTENT[:1000])
    day = timedelta(hours=25)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE files_uploads SET begun_at = begun_at - :day"), {"day": day})
        connection.execute(
            text("UPDATE owned_files SET kept_at = kept_at - :day WHERE id = :id"), {"day": day, "id": old[-36:]}
        )
    assert do_job(platform, "files.uploads") == 1
    assert client.ask("HEAD", old).status_code == 404
    assert client.offset(young) == 1000
    assert len([path for path in platform.settings.blob_folder.rglob("*") if path.is_file()]) == 1


def test_an_empty_file_needs_no_bytes(client: Client, files: Files, anna: object, catalogue: Entry) -> None:
    """Its address is made, and it is whole."""
    assert client.begin(catalogue.id, 0).status_code == 201
    assert latest(files, anna, catalogue) == b""


def test_planted_words_are_nowhere_in_clear(
    client: Client, platform: Platform, organisation: SampleOrganisation, catalogue: Entry
) -> None:
    """Neither the bytes nor the name lie in the store or in a table, on their way or afterwards."""
    url = client.begin(catalogue.id, name="hemlig-plan.pdf").headers["location"]
    client.send(url, 0, CONTENT[:30_000])
    client.send(url, 30_000, CONTENT[30_000:])
    stored = b"".join(path.read_bytes() for path in platform.settings.data.rglob("*") if path.is_file())
    assert b"way home" not in stored
    assert b"hemlig-plan" not in stored
