"""Files that a message service hands over are scanned before the message is stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from budkavle import Address, File, Incoming, Platform, Temporary
from budkavle.testing import SampleOrganisation
from budkavle.testing.fakes import FakeScanner
from budkavle_message_api.upstream.screening import screened

GOOD, BAD = File("god.txt", "text/plain", b"hej"), File("ond.txt", "text/plain", FakeScanner.MARK)


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("message_api",))


def incoming(organisation: SampleOrganisation, *files: File) -> Any:
    there = Address("message_service", "x")
    values: dict[str, Any] = {"subject": "Svar", "body": "Hej", "received_at": datetime.now(UTC), "files": files}
    return Incoming(organisation.id, "message_service", "1", there, there, **values)


def test_malware_is_taken_out_and_said(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the message comes in; what is too large to be read goes likewise; without an answer it waits."""
    scanner = FakeScanner(10)
    scanner.switch_on(platform, monkeypatch)
    host = platform.plugins.host("message_api")
    large = File("stor.txt", "text/plain", bytes(11))
    taken = screened(host, incoming(organisation, GOOD, BAD, large))
    assert taken.files == (GOOD,)
    assert [str(warning) for warning in taken.warnings] == [
        "ond.txt innehöll skadlig kod (Fake.Worm) och togs bort. Be avsändaren skicka filen på nytt.",
        "stor.txt är större än virusskyddet läser och togs bort. Be avsändaren dela upp filen.",
    ]
    (entry,) = organisation.log_entries("malware.refused")
    assert "Fake.Worm" in entry
    assert "ond.txt" not in entry
    scanner.answers = False
    with pytest.raises(Temporary):
        screened(host, incoming(organisation, GOOD))
