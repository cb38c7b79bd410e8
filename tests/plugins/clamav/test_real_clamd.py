"""A real clamd, with two signatures of our own."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Platform
from budkavle.operations import ScannerUnavailable, scan_file
from budkavle_clamav.clamd import Clamd
from budkavle_clamav.scanner import EICAR

pytestmark = pytest.mark.slow
SECONDS = 60
KNOWN_FILE = b"%PDF-1.7\n% a file that is known by its hash alone\n%%EOF\n"


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.parametrize("way", [0, 1], ids=["unix", "tcp"])
def test_it_answers_by_socket_and_by_port(daemon: Any, way: int) -> None:
    """Clean, found by a pattern, found by its hash, too large, and its version."""
    ours = Clamd(daemon.addresses[way], SECONDS, pause_seconds=0)
    assert ours.malware_in([b"%PDF-1.7 Hej"]) == ""
    assert ours.malware_in([]) == ""
    assert ours.malware_in([b"x" * 300_000, EICAR[:20], EICAR[20:]]) == "Eicar-Signature.UNOFFICIAL"
    assert ours.malware_in([KNOWN_FILE]) == "Known-File.UNOFFICIAL"
    with pytest.raises(ScannerUnavailable, match="StreamMaxLength"):
        ours.malware_in([bytes(100_000)] * 50)
    assert ours.version().startswith("ClamAV ")


@pytest.mark.peer("clamav", "ClamAV")
def test_the_core_finds_the_test_file_by_it(budkavle_open: Callable[..., Platform], daemon: Any) -> None:
    """EICAR is named, a clean file is not, and health says that it sees."""
    platform = budkavle_open(enabled=("clamav",), plugins={"clamav": {"address": daemon.addresses[0]}})
    assert scan_file(platform, lambda: [EICAR[:9], EICAR[9:]]).malware == "Eicar-Signature.UNOFFICIAL"
    assert scan_file(platform, lambda: [b"%PDF-1.7 Hej"]).malware == ""
    ((of,)) = platform.plugins.registered("malware_scanners")
    (answer,) = of.thing.health()
    assert answer.ok
    assert "Filer kontrolleras mot skadlig kod" in str(answer)
