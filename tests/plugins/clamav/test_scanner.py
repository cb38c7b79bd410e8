"""What the core does with the scanner's word, and what the installation's settings make of its silence."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import Health, Platform, TooLarge
from budkavle.operations import ScannerUnavailable, ScanResult, scan_file
from budkavle.operations.health import check_all
from budkavle_clamav.settings import ClamavSettings


def read(*pieces: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(pieces)


def health(platform: Platform) -> Health:
    (answer,) = [each for each in check_all(platform, None) if each.name == "Virusskydd"]
    return answer


def days_ago(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%a %b %d %H:%M:%S %Y}"


def test_malware_is_named_and_clean_bytes_are_not(platform: Platform, clamds: Any, fake_clamd: Any) -> None:
    """Every byte is read, however the file is cut."""
    assert scan_file(platform, read(b"a", b"b" * 300_000)) == ScanResult()
    assert fake_clamd.scanned == [b"a" + b"b" * 300_000]
    assert scan_file(platform, read(b"a", clamds.MARK)) == ScanResult(clamds.FOUND)


def test_without_a_scanner_nothing_is_found_and_health_says_so(budkavle_open: Callable[..., Platform]) -> None:
    """It is said on the health page as something to know; in production as not well."""
    platform = budkavle_open()
    assert scan_file(platform, read(b"SKADLIG")) == ScanResult()
    answer = health(platform)
    assert (answer.ok, answer.notable, "clamav" in answer.remedy) == (True, True, True)
    assert "inget virusskydd är inställt" in str(answer)


def test_in_production_a_missing_scanner_is_not_well(budkavle_open: Callable[..., Platform]) -> None:
    """Production is an address with https."""
    platform = budkavle_open(base_url="https://budkavle.example")
    assert not health(platform).ok


@pytest.mark.parametrize("manner", ["closes", "half", "silent", "error", "nothing"])
def test_no_answer_refuses_the_file(platform: Platform, fake_clamd: Any, manner: str) -> None:
    """Unless the settings say otherwise; it is bounded in time."""
    assert ClamavSettings().unanswered == "wait"
    fake_clamd.manner = manner
    with pytest.raises(ScannerUnavailable):
        scan_file(platform, read(b"a"), within=0.3)


class TestAccept:
    """Where the settings take files without an answer."""

    @pytest.fixture
    def clamav(self) -> dict[str, Any]:
        return {"unanswered": "accept", "max_bytes": 10, "too_large": "accept"}

    def test_no_answer_is_told_with_the_file(self, platform: Platform, fake_clamd: Any, clamds: Any) -> None:
        """Malware that is found is found all the same."""
        fake_clamd.manner = "half"
        assert scan_file(platform, read(b"a")) == ScanResult(unscanned=True)
        assert "utan kontroll" in str(health(platform))
        assert not health(platform).ok
        fake_clamd.manner = "well"
        assert scan_file(platform, read(clamds.MARK)) == ScanResult(clamds.FOUND)

    def test_a_large_file_is_taken_unscanned_and_health_says_it(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch, clamds: Any, fake_clamd: Any
    ) -> None:
        """Above `max_bytes`, and not at it."""
        assert scan_file(platform, read(b"a" * 10)) == ScanResult()
        assert scan_file(platform, read(b"a" * 11)) == ScanResult(unscanned=True)
        assert fake_clamd.scanned[0] == b"a" * 10
        assert b"a" * 11 not in fake_clamd.scanned
        monkeypatch.setattr(clamds, "MARK", b"")
        answers = [each for each in check_all(platform, None) if each.name == "Virusskydd"]
        assert any("Filer över" in str(answer) and answer.notable for answer in answers)


class TestLimit:
    """A limit on what clamd is asked to read."""

    @pytest.fixture
    def clamav(self) -> dict[str, Any]:
        return {"max_bytes": 10}

    def test_a_large_file_is_refused(self, platform: Platform, fake_clamd: Any) -> None:
        """By a sentence that says how large it may be; clamd is not blamed, and answers about the next one."""
        with pytest.raises(TooLarge, match="större än 10 byte"):
            scan_file(platform, read(b"a" * 6, b"a" * 5))
        assert scan_file(platform, read(b"a" * 10)) == ScanResult()


def test_a_fault_of_the_scanner_itself_is_no_verdict(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words, which may be content, are not told; the file is refused."""
    ((of,)) = platform.plugins.registered("malware_scanners")

    def fail(*_: object) -> str:
        raise RuntimeError("Åsas personnummer")

    monkeypatch.setattr(of.thing, "malware_in", fail)
    with pytest.raises(ScannerUnavailable) as caught:
        scan_file(platform, read(b"a"))
    assert "personnummer" not in str(caught.value)


def test_the_health_page_tells_how_the_scanner_is(
    platform: Platform, fake_clamd: Any, clamds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its version, how old its signatures are, whether it sees the test file, and what its silence means."""
    assert "hittar inte testfilen EICAR" in str(health(platform))
    monkeypatch.setattr(clamds, "MARK", b"EICAR")
    assert "ClamAV 1.4.6; hur gamla signaturerna är går inte att säga" in str(health(platform))
    fake_clamd.version = f"ClamAV 1.4.6/27500/{days_ago(1)}"
    assert health(platform).ok
    assert str(health(platform)).endswith(f"signaturer från {datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}.")
    fake_clamd.version = f"ClamAV 1.4.6/27500/{days_ago(9)}"
    assert not health(platform).ok
    assert "men signaturerna är från" in str(health(platform))
    fake_clamd.close()
    assert not health(platform).ok
    assert fake_clamd.address in str(health(platform))
    assert "varken tas emot eller skickas" in str(health(platform))


class TestElsewhere:
    """Something else on the files' way scans them."""

    def test_nothing_is_scanned_here(self, budkavle_open: Callable[..., Platform]) -> None:
        """And health is well with that."""
        platform = budkavle_open(enabled=("clamav",), plugins={"clamav": {"address": "elsewhere"}})
        assert scan_file(platform, read(b"SKADLIG")) == ScanResult()
        assert "någon annanstans" in str(health(platform))
        assert health(platform).ok
