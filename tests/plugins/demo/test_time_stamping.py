"""The demo's own authority stamps on this machine alone, and its stamps hold after a restart (feature ZR6)."""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response

from budkavle_demo import time_stamping


def ask(settings: str, text: bytes) -> tuple[bytes, bytes]:
    """Ask for a stamp by the settings; return it, and the root that it is to be judged by."""
    chosen = tomllib.loads(settings)["plugins"]["timestamps"]
    assert urlsplit(chosen["url"]).hostname == "127.0.0.1"
    request = TimestampRequestBuilder(data=text).build()
    headers = {"content-type": "application/timestamp-query"}
    answer = httpx.post(chosen["url"], content=request.as_bytes(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/timestamp-reply")
    return answer.content, Path(chosen["root_file"]).read_bytes()


def judge(stamp: bytes, root: bytes, text: bytes) -> None:
    builder = VerifierBuilder().add_root_certificate(x509.load_pem_x509_certificate(root))
    builder.build().verify_message(decode_timestamp_response(stamp), text)


@pytest.mark.feature("ZR6")
def test_it_stamps_and_keeps_its_keys(tmp_path: Path) -> None:
    """The second start has another port, and the root of the first."""
    folder = tmp_path / "time-stamps"
    with time_stamping.stamping(folder) as settings:
        stamp, root = ask(settings, b"ett")
    with time_stamping.stamping(folder) as settings:
        other, same = ask(settings, b"tv\xc3\xa5")
    assert root == same
    judge(stamp, root, b"ett")
    judge(other, root, b"tv\xc3\xa5")
    assert folder.stat().st_mode & 0o077 == 0


def test_what_is_no_question_is_refused(tmp_path: Path) -> None:
    with time_stamping.stamping(tmp_path / "time-stamps") as settings:
        url = tomllib.loads(settings)["plugins"]["timestamps"]["url"]
        answer = httpx.post(url, content=b"hej")
    assert decode_timestamp_response(answer.content).status not in {0, 1}


def test_without_openssl_the_demo_has_no_stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And starts all the same."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with time_stamping.stamping(tmp_path / "time-stamps") as settings:
        assert settings == ""
