"""Files of messages are scanned before they are anybody's: of drafts, forms, the script's uploads and guests."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.cases import OwnedFiles, OwnedUploads, attachments
from budkavle.cases.owned import sizes
from budkavle.cases.owned.screening import FileRefused
from budkavle.model.errors import TooLarge
from budkavle.model.messages import File
from budkavle.operations import ScannerUnavailable, screen_arriving
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeScanner
from budkavle.testing.organisations import SampleOrganisation, SampleUser

TEXT = "text/plain"
BAD = b"brev " + FakeScanner.MARK


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open()


@pytest.fixture
def scanner(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    made = FakeScanner()
    made.switch_on(platform, monkeypatch)
    return made


def blobs(platform: Platform) -> list[Any]:
    return sorted(path for path in platform.settings.blob_folder.rglob("*") if path.is_file())


def test_an_attachment_with_malware_is_refused_and_noted(
    platform: Platform, scanner: FakeScanner, case_worker: SampleUser, organisation: SampleOrganisation
) -> None:
    """Nothing of it is left; the event log has the malware's name and not the file's."""
    kept = attachments.store(platform, case_worker, "brev.txt", TEXT, [b"br", b"ev"])
    before = blobs(platform)
    with pytest.raises(FileRefused) as caught:
        attachments.store(platform, case_worker, "Åsas prov.txt", TEXT, [BAD[:8], BAD[8:]])
    assert "Åsas prov.txt innehåller skadlig kod (Fake.Worm)" in caught.value.fields["attachments"]
    assert scanner.scanned == [b"brev", BAD]
    assert blobs(platform) == before
    (entry,) = organisation.log_entries("malware.refused")
    assert "Fake.Worm" in entry
    assert "prov" not in entry
    (row,) = organisation.rows("SELECT id FROM attachments")
    assert row.id == kept.id


@pytest.mark.usefixtures("scanner")
def test_what_is_refused_of_a_message_is_noted_once_however_often_it_comes(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """A message that could not be taken in comes again with its two files; another message is noted by itself."""
    files = [File("a.txt", TEXT, BAD), File("b.txt", TEXT, BAD), File("c.txt", TEXT, b"brev")]
    for remote_id in ("first", "first", "first", "second"):
        screened = screen_arriving(platform, organisation.system, remote_id, files)
        assert [file.file_name for file in screened.files] == ["c.txt"]
        assert len(screened.warnings) == 2
    things = [json.loads(entry)["thing"] for entry in organisation.log_entries("malware.refused")]
    assert things == ["first", "first", "second", "second"]


def test_without_an_answer_nothing_is_taken(
    platform: Platform, scanner: FakeScanner, case_worker: SampleUser, organisation: SampleOrganisation
) -> None:
    """The sentence says to try again; the setting that takes files unscanned is the scanner's own."""
    scanner.answers = False
    with pytest.raises(ScannerUnavailable) as caught:
        attachments.store(platform, case_worker, "brev.txt", TEXT, [b"brev"])
    assert "Försök igen om en stund." in caught.value.fields["attachments"]
    assert blobs(platform) == []
    assert organisation.rows("SELECT id FROM attachments") == []


def test_a_file_above_the_scanners_limit_is_refused_before_it_comes(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, case_worker: SampleUser
) -> None:
    """By its size where that is known, and else once so much has come; what is not scanned has its own limit."""
    FakeScanner(20_000).switch_on(platform, monkeypatch)
    with platform.work(case_worker) as work:
        with pytest.raises(TooLarge, match=r"a\.txt är större än 0 MB, som är det mesta virusskyddet läser"):
            OwnedUploads("files", scanned=True).begin(work, case_worker.id, "a.txt", TEXT, 20_001)
        OwnedUploads("files", scanned=True).begin(work, case_worker.id, "a.txt", TEXT, 20_000)
        OwnedUploads("files").begin(work, case_worker.id, "a.txt", TEXT, 20_001)
    with pytest.raises(TooLarge):
        OwnedFiles("files", scanned=True).check_size(platform, "a.txt", 20_001)
    OwnedFiles("files").check_size(platform, "a.txt", 20_001)
    came: list[int] = []

    def pieces() -> Any:
        for _ in range(100):
            came.append(10_000)
            yield b"a" * 10_000

    with platform.work(case_worker) as work, pytest.raises(TooLarge, match="virusskyddet"):
        OwnedFiles("files", scanned=True).keep(work, case_worker.id, "a.bin", "application/octet-stream", pieces())
    with pytest.raises(TooLarge):
        attachments.store(platform, case_worker, "a.txt", TEXT, pieces())
    assert len(came) < 10
    sizes.check_length(platform, str(20_000 + sizes.ENVELOPE))
    with pytest.raises(TooLarge):
        sizes.check_length(platform, str(20_001 + sizes.ENVELOPE))


def test_the_page_refuses_at_the_field_and_keeps_the_rest(
    platform: Platform,
    scanner: FakeScanner,
    case_worker: SampleUser,
    organisation: SampleOrganisation,
    browse: Callable[..., Browser],
) -> None:
    """By the form and by the script: what is wrong with one file costs nothing else of the form."""
    browser = browse(case_worker)
    form = {"mailbox": str(organisation.mailbox.id), "subject": "Begäran", "body": "Hej på dig"}
    files = [("attachments", ("god.txt", b"hej", TEXT)), ("attachments", ("ond.txt", BAD, TEXT))]
    page = browser.post("/compose", files=files, find="1", **form).text
    assert "ond.txt innehåller skadlig kod" in page
    for kept in ("god.txt", "Begäran", "Hej på dig"):
        assert kept in page
    scanner.answers = False
    page = browser.post("/compose", files=files[:1], find="1", **form).text
    assert "kan inte kontrolleras mot skadlig kod just nu" in page
    assert "Hej på dig" in page
    answer = browser.client.post(
        "/attachments",
        data={"csrf": browser.csrf},
        files=files[:1],
        headers={"cookie": f"budkavle={browser.cookie}", "accept": "application/json", "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 503
    assert "just nu" in answer.json()["errors"]["attachments"]


def test_the_script_knows_the_scanners_limit_and_a_known_length_is_refused(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, case_worker: SampleUser, browse: Callable[..., Browser]
) -> None:
    """The page has it for its script; the server looks at the length of the request before its body."""
    scanner = FakeScanner(2_000_000)
    scanner.switch_on(platform, monkeypatch)
    browser = browse(case_worker)
    assert 'data-max-file-bytes="2000000"' in browser.get("/compose").text
    answer = browser.client.post(
        "/attachments",
        data={"csrf": browser.csrf},
        files=[("attachments", ("stor.txt", bytes(2_100_000), TEXT))],
        headers={"cookie": f"budkavle={browser.cookie}", "accept": "application/json", "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 413
    assert "Filen är större än 2 MB." in answer.json()["errors"]["attachments"]
    assert scanner.scanned == []
