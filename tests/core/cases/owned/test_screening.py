"""Files are read by every scanner that plugins bring, before they count as kept."""

from collections.abc import Callable, Iterable
from uuid import uuid4

import pytest

from budkavle import Health, Platform
from budkavle.cases import OwnedFiles
from budkavle.operations import FileRefused, ScannerUnavailable, ScanResult, scan_file
from budkavle.testing import SampleOrganisation, offer
from budkavle.testing.plugins import plugin_module


class Scanner:
    """Says what it is told to say, and keeps what it has read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.most_bytes: int | None = None
        self.says: str | Exception | None = ""
        self.seen: list[bytes] = []

    def malware_in(self, pieces: Iterable[bytes], within: float | None) -> str | None:
        del within
        self.seen.append(b"".join(pieces))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def health(self) -> list[Health]:
        return []


@pytest.fixture
def scanners() -> list[Scanner]:
    return [Scanner("first"), Scanner("second")]


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], scanners: list[Scanner]) -> Platform:
    module = plugin_module("guards", malware_scanners=lambda: scanners)
    return budkavle_open(offer(guards=module), enabled=("guards",))


def test_each_scanner_reads_the_whole_file(platform: Platform, scanners: list[Scanner]) -> None:
    """What one finds another need not have found; what is found first ends it."""
    assert scan_file(platform, lambda: [b"a", b"b"]) == ScanResult()
    assert [scanner.seen for scanner in scanners] == [[b"ab"], [b"ab"]]
    scanners[1].says = "Worm"
    assert scan_file(platform, lambda: [b"c"]).malware == "Worm"
    scanners[0].says = "Virus"
    assert scan_file(platform, lambda: [b"d"]).malware == "Virus"
    assert scanners[1].seen[-1] == b"c"


def test_doubt_is_no_verdict(platform: Platform, scanners: list[Scanner]) -> None:
    """No answer and any fault refuse; what the installation takes unread is said to be so."""
    scanners[0].says = None
    assert scan_file(platform, lambda: [b"a"]) == ScanResult(unscanned=True)
    scanners[1].says = "Worm"
    assert scan_file(platform, lambda: [b"a"]).malware == "Worm"
    for fault in (ScannerUnavailable("borta"), RuntimeError("Åsas personnummer")):
        scanners[1].says = fault
        with pytest.raises(ScannerUnavailable) as caught:
            scan_file(platform, lambda: [b"a"])
        assert "personnummer" not in str(caught.value)


def test_what_reading_raises_is_not_the_scanners_fault(platform: Platform) -> None:
    """Damaged bytes stay damaged."""

    def broken() -> Iterable[bytes]:
        raise FileRefused("trasig")

    with pytest.raises(FileRefused, match="trasig"):
        scan_file(platform, broken)


def test_files_of_plugins_are_scanned_where_they_say_so(
    platform: Platform, organisation: SampleOrganisation, scanners: list[Scanner]
) -> None:
    """What the plugin makes itself need not be; what is refused leaves no bytes."""
    with platform.work(organisation.system) as work:
        OwnedFiles("guards").keep(work, uuid4(), "a", "text/plain", [b"own"])
    assert scanners[0].seen == []
    before = sorted(platform.settings.blob_folder.rglob("*"))
    scanners[1].says = "Worm"
    with (
        pytest.raises(FileRefused, match=r"a innehåller skadlig kod \(Worm\)"),
        platform.work(organisation.system) as work,
    ):
        OwnedFiles("guards", scanned=True).keep(work, uuid4(), "a", "text/plain", [b"foreign"])
    assert scanners[0].seen == [b"foreign"]
    assert sorted(platform.settings.blob_folder.rglob("*")) == before
