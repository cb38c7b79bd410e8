"""Every file that is added to Filer is scanned before anybody can open it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from budkavle import Platform
from budkavle.operations import FileRefused, ScannerUnavailable
from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import Browser
from budkavle_clamav.scanner import EICAR
from budkavle_files.content import uploads
from budkavle_files.content.uploads import UPLOADS, NewUpload
from budkavle_files.notes.content import create_note
from budkavle_files.tree.entries import create_catalogue, list_catalogue
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES

PIECE = b"a" * 400_000


class Files:
    """What somebody adds, and what is kept of it."""

    def __init__(self, platform: Platform, organisation: SampleOrganisation) -> None:
        self.platform, self.organisation = platform, organisation
        self.host, self.anna = platform.plugins.host("files"), organisation.case_worker
        with self.host.work(self.anna) as work:
            self.catalogue = create_catalogue(self.host, work, "Underlag")

    def upload(self, *pieces: bytes, target: Entry | None = None) -> None:
        """Send a file as tus does."""
        size = sum(map(len, pieces))
        with self.host.work(self.anna) as work:
            new = NewUpload((target or self.catalogue).id, "hemligt namn.pdf", size)
            upload = uploads.begin(self.host, work, new, self.anna.user_id)
        self.go_on(upload.id, 0, *pieces)

    def go_on(self, upload_id: Any, offset: int, *pieces: bytes) -> None:
        """Send bytes from a place on."""

        def finish(work: Any, file: Any) -> None:
            uploads.finish(self.host, work, file)

        taking = UPLOADS.receiving(self.platform, self.anna, upload_id, offset, finish)
        next(taking)
        try:
            for piece in (*pieces, b""):
                taking.send(piece)
        except StopIteration:
            return

    def names(self) -> list[str]:
        """Return what the catalogue has."""
        with self.host.work(self.anna) as work:
            return [entry.name for entry in list_catalogue(self.host, work, self.catalogue).entries]

    def kept(self) -> list[str]:
        """Return the files in the store."""
        folder = self.platform.settings.blob_folder
        return sorted(path.name for path in folder.rglob("*") if path.is_file())

    def rows(self, query: str) -> list[Any]:
        """Ask the database."""
        with self.platform.database.transaction(self.organisation.id) as connection:
            return list(connection.execute(text(query)))


@pytest.fixture
def files(platform: Platform, organisation: SampleOrganisation) -> Files:
    return Files(platform, organisation)


def test_a_clean_file_is_scanned_whole_and_put_in_its_place(files: Files, fake_clamd: Any) -> None:
    """Once, when its last byte has come."""
    files.upload(PIECE, b"b" * 7)
    assert fake_clamd.scanned == [PIECE + b"b" * 7]
    assert files.names() == ["hemligt namn.pdf"]


def test_malware_is_refused_destroyed_and_noted(files: Files, clamds: Any) -> None:
    """A plain sentence; no entry, no row, no bytes; the event log says the malware and not the file's name."""
    before = files.kept()
    with pytest.raises(FileRefused, match=r"hemligt namn\.pdf innehåller skadlig kod \(Test\.Skadlig\)"):
        files.upload(PIECE, b"x" + clamds.MARK)
    assert files.names() == []
    assert files.kept() == before
    assert files.rows("SELECT 1 FROM owned_files") == []
    assert files.rows("SELECT 1 FROM owned_file_pieces") == []
    (entry,) = files.organisation.log_entries("malware.refused")
    assert clamds.FOUND in entry
    assert "hemligt" not in entry


def test_malware_across_two_pieces_of_a_file_is_found(
    files: Files, clamds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is scanned as a whole, however it lies in the store."""
    monkeypatch.setattr("budkavle.cases.owned.uploads.PIECE_BYTES", 1000)
    with pytest.raises(FileRefused):
        files.upload(b"a" * 997 + clamds.MARK + b"b" * 2000)
    assert files.rows("SELECT 1 FROM owned_file_pieces") == []


class TestLimit:
    """A file that is larger than clamd is asked to read."""

    @pytest.fixture
    def clamav(self) -> dict[str, Any]:
        return {"max_bytes": 1000}

    def test_it_is_refused_before_it_comes(self, files: Files, browse: Callable[..., Browser]) -> None:
        """By the length that its sender tells, with a sentence; nothing is kept and no room is taken."""
        from tests.plugins.files.content.test_tus import Client

        files.upload(b"a" * 1000)
        answer = Client(browse(files.anna)).begin(files.catalogue.id, 1001)
        assert answer.status_code == 413
        assert "som är det mesta virusskyddet läser" in answer.text
        assert len(files.names()) == 1
        assert len(files.rows("SELECT 1 FROM owned_files")) == 1
        assert files.rows("SELECT 1 FROM files_uploads") == []


@pytest.mark.parametrize("manner", ["closes", "silent"])
def test_while_the_scanner_is_away_the_upload_waits_and_goes_on(files: Files, fake_clamd: Any, manner: str) -> None:
    """Nobody can open the file meanwhile; its last bytes are sent again, and then it is whole."""
    fake_clamd.manner = manner
    with pytest.raises(ScannerUnavailable, match="kan inte kontrolleras mot skadlig kod just nu"):
        files.upload(PIECE)
    assert files.names() == []
    (waiting,) = files.rows("SELECT id, received FROM owned_files")
    assert waiting.received == 0
    fake_clamd.manner = "well"
    files.go_on(waiting.id, 0, PIECE)
    assert files.names() == ["hemligt namn.pdf"]


def test_the_protocol_says_why_and_frees_the_room(
    files: Files, browse: Callable[..., Browser], clamds: Any, fake_clamd: Any
) -> None:
    """422 with the sentence for malware, which a client does not try again; 503 while nobody answers."""
    from tests.plugins.files.content.test_tus import Client

    client = Client(browse(files.anna))
    url = client.begin(files.catalogue.id, len(clamds.MARK)).headers["location"]
    answer = client.send(url, 0, clamds.MARK)
    assert answer.status_code == 422
    assert answer.text.count("innehåller skadlig kod") == 1
    assert files.rows("SELECT 1 FROM files_uploads") == []
    fake_clamd.manner = "closes"
    url = client.begin(files.catalogue.id, 2).headers["location"]
    assert client.send(url, 0, b"ab").status_code == 503
    fake_clamd.manner = "well"
    assert client.send(url, client.offset(url), b"ab").status_code == 204
    assert files.names() == ["karta.pdf"]


def test_a_file_of_a_plain_form_is_scanned_too(files: Files, browse: Callable[..., Browser], clamds: Any) -> None:
    """Without scripts: the page says it, and nothing is left."""
    browser, before = browse(files.anna), files.kept()
    page = f"/plugin/files/{files.catalogue.id}/add"
    answer = browser.post(page, files={"file": ("plan.pdf", clamds.MARK, "application/pdf")})
    assert answer.status_code == 422
    assert "plan.pdf innehåller skadlig kod" in answer.text
    assert (files.names(), files.kept()) == ([], before)


def test_what_is_kept_whole_is_scanned_and_notes_are_not(files: Files, fake_clamd: Any, clamds: Any) -> None:
    """Attachments that are saved in Filer are; what somebody writes on a page is no file that is opened."""
    with pytest.raises(FileRefused), files.host.work(files.anna) as work:
        FILES.keep(work, files.catalogue.id, "a.pdf", "application/pdf", [clamds.MARK])
    with files.host.work(files.anna) as work:
        create_note(files.host, work, files.catalogue.id, "Minne", "SKADLIG")
    assert fake_clamd.scanned == [clamds.MARK]


@pytest.mark.slow
def test_the_test_file_does_not_get_past_a_real_clamd(budkavle_open: Callable[..., Platform], daemon: Any) -> None:
    """EICAR is refused, another file is taken."""
    platform = budkavle_open(enabled=("clamav", "files"), plugins={"clamav": {"address": daemon.addresses[1]}})
    files = Files(platform, SampleOrganisation.create(platform, "Habo").staffed())
    with pytest.raises(FileRefused, match="Eicar-Signature"):
        files.upload(EICAR)
    files.upload(b"%PDF-1.7 Hej")
    assert files.names() == ["hemligt namn.pdf"]
