"""A real mail server (Debian's opensmtpd): relayed mails keep a valid signature, and its own reports are parsed."""

import base64
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from budkavle.testing.working import do_job

PATIENCE = 30
pytestmark = pytest.mark.slow
CONFIG = """\
queue ttl 1h
listen on 127.0.0.1 port {port}
table vusers {{ "@" = "nobody" }}
action "in" maildir "{maildir}" virtual <vusers>
action "out" relay host smtp://127.0.0.1:{next}
match for domain "habo.example" action "in"
match from any for any action "out"
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def relay(
    mail_server: Any, missing: Callable[[str], NoReturn], program: Callable[..., str]
) -> Iterator[tuple[int, Path]]:
    """Run it as a relay in front of the test's own server; gives its port and where bounces land."""
    smtpd = program("smtpd")
    if os.geteuid() != 0:
        missing("opensmtpd is started by root only")
    with (Path(tempfile.gettempdir()) / "budkavle-opensmtpd.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # one of them at a time on a machine
        # Not in pytest's own folder: each run of pytest shuts that to others, and here somebody else delivers.
        with tempfile.TemporaryDirectory(prefix="budkavle-smtpd-") as folder:
            yield from run(smtpd, Path(folder), mail_server[1])


def run(smtpd: str, folder: Path, onwards: int) -> Iterator[tuple[int, Path]]:
    """Run it until the test is done."""
    port, maildir = free_port(), folder / "bounces"
    folder.chmod(0o755)
    maildir.mkdir()
    shutil.chown(maildir, "nobody", "nogroup")
    config = folder / "smtpd.conf"
    config.write_text(CONFIG.format(port=port, next=onwards, maildir=maildir), "utf-8")
    with subprocess.Popen(
        [smtpd, "-d", "-f", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            listening(port, process)
            yield port, maildir
        finally:
            process.terminate()


def listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until it answers."""
    for _ in range(PATIENCE * 10):
        if process.poll() is not None:
            pytest.fail(f"opensmtpd does not start: {(process.stdout.read() if process.stdout else b'')[-300:]!r}")
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.1)
    pytest.fail("opensmtpd does not listen")


def soon(ask: Callable[[], Any]) -> Any:
    """Ask until there is an answer."""
    for _ in range(PATIENCE * 10):
        if found := ask():
            return found
        threading.Event().wait(0.1)
    pytest.fail("nothing has come")


@pytest.mark.peer("email_link", "OpenSMTPD")
def test_signed_through_a_real_server(open_email_link: Callable[..., Any], relay: Any, handler: Any) -> None:
    """The mail reaches the next server with a valid signature."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = base64.b64encode(
        key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    email_link = open_email_link(host="127.0.0.1", port=relay[0], dkim_key=pem.decode())
    email_link.write()
    got = soon(lambda: handler.got and handler.got[0])
    assert got.raw.startswith(b"Received:")
    assert dkim.verify(got.raw, dnsfunc=lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + public)


@pytest.mark.peer("email_link", "OpenSMTPD")
@pytest.mark.feature("S11")
def test_its_report_comes_back(open_email_link: Callable[..., Any], relay: Any, handler: Any) -> None:
    """For an address that the next server does not know, the report arrives in the Maildir and ends the delivery."""
    port, maildir = relay
    email_link = open_email_link(host="127.0.0.1", port=port, bounces=str(maildir))
    handler.answers["RCPT"] = ["550 5.1.1 no such user"]
    message = email_link.write()
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    soon(lambda: (maildir / "new").is_dir() and list((maildir / "new").iterdir()))
    assert do_job(email_link.platform, "email_link.bounces") == 1
    row = email_link.delivery(message)
    assert row.state == "SEND_FAILURE"
    assert "e-postserver" in row.failure
    assert "BOUNCED" in email_link.organisation.timeline(message.id)
