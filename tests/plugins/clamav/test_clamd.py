"""The client of clamd: what is an answer, and what is none."""

import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.certificates import write_self_signed

from budkavle.operations import ScannerUnavailable
from budkavle_clamav.clamd import PIECE, Clamd
from budkavle_clamav.settings import ClamavSettings

SECONDS = 10.0


def client(fake: Any, seconds: float = SECONDS) -> Clamd:
    return Clamd(fake.address, seconds, pause_seconds=0)


@pytest.mark.feature("SD3", "SD4")
@pytest.mark.parametrize("pieces", [[], [b""], [b"%PDF"], [b"a" * (3 * PIECE + 1)], [b"a" * 7, b"", b"b" * PIECE]])
def test_clean_bytes_arrive_whole(fake_clamd: Any, pieces: list[bytes]) -> None:
    """However they are cut, what the scanner reads is what there is."""
    assert client(fake_clamd).malware_in(iter(pieces)) == ""
    assert fake_clamd.scanned == [b"".join(pieces)]


def test_malware_is_named(fake_clamd: Any, clamds: Any) -> None:
    """Also where it stands across two chunks."""
    half = len(clamds.MARK) // 2
    pieces = [b"a" * (PIECE - half) + clamds.MARK[:half], clamds.MARK[half:]]
    assert client(fake_clamd).malware_in(pieces) == clamds.FOUND


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"stream: Win.Test EICAR_HDB-1 FOUND\0", "Win.Test EICAR_HDB-1"),
        (b"stream: a\nb\x1b[2J FOUND\0", "ab[2J"),
        (b"stream: \xff\xfe FOUND\0", "?"),
        (b"stream: " + b"n" * 500 + b" FOUND\0", "n" * 100),
    ],
)
def test_a_name_cannot_do_harm(
    fake_clamd: Any, clamds: Any, monkeypatch: pytest.MonkeyPatch, said: bytes, name: str
) -> None:
    """It is another program's word: what is no letter is left out, and malware it is all the same."""
    monkeypatch.setitem(clamds.ANSWERS, "named", said)
    fake_clamd.manner = "named"
    assert client(fake_clamd).malware_in([b"x"]) == name


@pytest.mark.parametrize(
    ("manner", "word"),
    [
        *((one, "förstå") for one in ("half", "half found", "nonsense", "nearly", "lower", "two", "error", "nothing")),
        ("flood", "förstå"),
        ("closes", "svar|nå"),
    ],
)
def test_what_is_no_answer_is_never_clean(fake_clamd: Any, manner: str, word: str) -> None:
    """Half answers, nonsense, faults, and a line that is cut."""
    fake_clamd.manner = manner
    with pytest.raises(ScannerUnavailable) as caught:
        client(fake_clamd).malware_in([b"x" * 1000])
    assert any(one in str(caught.value) for one in word.split("|"))


@pytest.mark.parametrize(("manner", "word"), [("limit", "StreamMaxLength"), ("early", "svar")])
def test_an_answer_in_the_middle_is_not_about_the_whole(fake_clamd: Any, manner: str, word: str) -> None:
    """A limit is told as such; that the beginning is clean says nothing of the rest."""
    fake_clamd.manner = manner
    with pytest.raises(ScannerUnavailable, match=word):
        client(fake_clamd).malware_in([b"x" * PIECE] * 80)
    assert fake_clamd.scanned == []


@pytest.mark.parametrize("manner", ["silent", "slow"])
def test_it_is_bounded_in_time_as_a_whole(fake_clamd: Any, manner: str) -> None:
    """A byte now and then does not make it longer."""
    fake_clamd.manner = manner
    begun = time.monotonic()
    with pytest.raises(ScannerUnavailable, match=r"inom 0\.3 sekunder"):
        client(fake_clamd, 0.3).malware_in([b"x"])
    assert time.monotonic() - begun < SECONDS


def test_nobody_there(tmp_path: Path, fake_clamd: Any) -> None:
    """A socket that is missing, a port that is shut, and a path that no socket can have."""
    fake_clamd.close()
    for address in (f"unix:{tmp_path}/clamd.ctl", fake_clamd.address, f"unix:/{'a' * 200}", "tcp:127.0.0.1:99999"):
        with pytest.raises(ScannerUnavailable, match="Det går inte att nå"):
            Clamd(address, SECONDS).malware_in([b"x"])


def test_one_that_gave_no_answer_is_left_alone_for_a_while(fake_clamd: Any) -> None:
    """What else waits is not held up by it in turn."""
    fake_clamd.manner = "nonsense"
    asking = Clamd(fake_clamd.address, SECONDS, pause_seconds=3600)
    for _ in range(5):
        with pytest.raises(ScannerUnavailable):
            asking.malware_in([b"x"])
    assert fake_clamd.asked == 1


def test_a_fault_of_what_is_read_is_not_the_scanners(fake_clamd: Any) -> None:
    """It comes out as it is."""

    def pieces() -> Any:
        yield b"x"
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        client(fake_clamd).malware_in(pieces())


def test_it_says_its_version(fake_clamd: Any) -> None:
    """And what is no clamd has none."""
    assert client(fake_clamd).version() == "ClamAV 1.4.6"
    fake_clamd.version = "SMTP 1"
    with pytest.raises(ScannerUnavailable):
        client(fake_clamd).version()


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "unix:clamd.ctl", "tcp:127.0.0.1", "http://127.0.0.1:3310"])
def test_an_address_that_is_none_is_refused_with_the_settings(address: str) -> None:
    """A slip of the hand does not leave files unscanned."""
    with pytest.raises(msgspec.ValidationError, match="address"):
        msgspec.convert({"address": address}, ClamavSettings)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    return write_self_signed(tmp_path, "127.0.0.1")


@pytest.fixture
def sealed_clamd(clamds: Any, certificate: tuple[Path, Path]) -> Iterator[Any]:
    """The same clamd behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with closing(clamds.FakeClamd(context)) as made:
        yield made


def test_a_scanner_elsewhere_is_asked_by_tls(sealed_clamd: Any, clamds: Any, certificate: tuple[Path, Path]) -> None:
    """Files are read there, of a certificate that the settings' authority vouches for."""
    ours = Clamd(sealed_clamd.address, SECONDS, pause_seconds=0, ca=certificate[0])
    assert ours.malware_in([b"a" * (PIECE + 1)]) == ""
    assert ours.malware_in([clamds.MARK]) == clamds.FOUND
    assert ours.version().startswith("ClamAV")


def test_a_scanner_that_could_be_anybody_is_told_nothing(sealed_clamd: Any, fake_clamd: Any) -> None:
    """Neither one whose certificate nobody vouches for, nor one that speaks no TLS; and that is no clean answer."""
    plain = fake_clamd.address.replace("tcp:", "tls:")
    for address in (sealed_clamd.address, plain):
        with pytest.raises(ScannerUnavailable):
            Clamd(address, 2.0, pause_seconds=0).malware_in([b"x"])
    assert sealed_clamd.scanned == []
    assert fake_clamd.scanned == []
