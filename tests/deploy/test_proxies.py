"""The example settings of nginx and Caddy, before the real product: pages, streams, large files, and whose address."""

import socket
import ssl
import subprocess
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from msgspec.structs import fields

from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle_eid.settings import SithsSettings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("proxies")]

LARGE = 30_000_000
BROWSER, STRANGER = "127.5.0.5", "127.6.0.6"
"""Addresses of this machine, from which a browser comes that is not the proxy."""
FORGED = "203.0.113.9"


@pytest.fixture
def cookie(proxied: Any) -> str:
    """The session of a case worker."""
    user = proxied.organisation.case_worker.user
    return sessions.start(proxied.organisation.platform, SignedIn(user, Loa.TWO, "password", "/"))


@pytest.mark.feature("ZO15")
def test_pages_come_by_http2_with_budkavles_headers(proxied: Any, program: Callable[..., str], cookie: str) -> None:
    """Each security header stands once; the proxy tells nothing of itself but its name."""
    curl = [program("curl"), "--silent", "--show-error", "--noproxy", "*", "--cacert", proxied.certificate]
    command = [*curl, "--http2", "--include", "--cookie", f"__Host-budkavle={cookie}", f"{proxied.url}/account"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    head, _, page = answer.replace("\r", "").partition("\n\n")
    assert head.startswith("HTTP/2 200")
    assert proxied.organisation.case_worker.name in page
    names = Counter(line.partition(":")[0].lower() for line in head.splitlines()[1:])
    for name in ("content-security-policy", "strict-transport-security", "x-content-type-options", "referrer-policy"):
        assert names[name] == 1, name
    assert "nginx/" not in head


@pytest.mark.feature("ZO15")
def test_who_comes_by_http_is_sent_to_https(proxied: Any) -> None:
    """Nothing is answered in clear."""
    port = int(proxied.url.rpartition(":")[2]) + 1
    with httpx.Client(trust_env=False) as client:
        answer = client.get(f"http://127.0.0.1:{port}/sign-in")
    assert answer.status_code in {301, 308}
    assert answer.headers["location"].startswith("https://127.0.0.1")


@pytest.mark.feature("ZO15")
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/plugin/message_api/token", {}),
        ("PROPFIND", "/plugin/files/webdav/", {}),
        ("GET", "/plugin/message_api/v1/sdk/messages", {"authorization": "Bearer x"}),
    ],
)
def test_a_program_that_speaks_http_is_told_no(proxied: Any, method: str, path: str, headers: dict[str, str]) -> None:
    """Led to https it would go on, and give its key away in clear each time."""
    port = int(proxied.url.rpartition(":")[2]) + 1
    with httpx.Client(trust_env=False) as client:
        answer = client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers)
    assert answer.status_code == 403
    assert "location" not in answer.headers


@pytest.mark.feature("ZO15")
def test_tls_is_new_and_has_forward_secrecy(proxied: Any) -> None:
    """TLS 1.3 where the browser has it, 1.2 with ephemeral keys and AEAD alone; what is older or weaker is refused."""
    assert _spoken(proxied, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    version, cipher = _spoken(proxied, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    assert version == "TLSv1.2"
    assert cipher.startswith("ECDHE-")
    assert "GCM" in cipher or "CHACHA20" in cipher
    weak = "AES256-GCM-SHA384:AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384"
    for version, ciphers in ((ssl.TLSVersion.TLSv1_2, weak), (ssl.TLSVersion.TLSv1_1, "ALL")):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _spoken(proxied, version, version, f"{ciphers}:@SECLEVEL=0")


@pytest.mark.feature("ZO15")
def test_an_event_reaches_an_open_page_at_once(proxied: Any, program: Callable[..., str], cookie: str) -> None:
    """By HTTP/2, and though the stream goes on: nothing is held back until there is more."""
    organisation, platform = proxied.organisation, proxied.organisation.platform
    curl = [program("curl"), "--silent", "--noproxy", "*", "--cacert", proxied.certificate, "--http2", "--no-buffer"]
    command = [*curl, "--cookie", f"__Host-budkavle={cookie}", f"{proxied.url}/live?session={_mark(proxied, cookie)}"]
    case = organisation.arrive()
    note = {"o": str(organisation.id), "m": str(organisation.mailbox.id), "c": str(case), "k": "state"}
    with _lines(command) as lines:
        lines.get(timeout=30)  # the stream has begun
        for _ in range(3):
            with platform.database.transaction(organisation.id) as connection:
                platform.database.notify(connection, note)
            _until(lines, str(case))


@pytest.mark.feature("ZO15")
def test_open_pages_of_a_whole_office_are_not_too_many(proxied: Any, cookie: str) -> None:
    """All who sit behind one address may have pages open: what it may ask at once is limited, streams are not."""
    address = f"/live?session={_mark(proxied, cookie)}"
    with _browser(proxied) as client, ExitStack() as streams:
        for _ in range(proxied.at_once + 2):
            stream = streams.enter_context(client.stream("GET", address, headers=_headers(cookie)))
            assert stream.status_code == 200
        assert client.get("/account", headers=_headers(cookie)).status_code == 200


@pytest.mark.feature("ZO15")
def test_a_file_of_30_mb_goes_through(proxied: Any, cookie: str) -> None:
    """It is whole, and lies in no temporary file of the proxy: nginx, that would write it, has no place to write to."""
    organisation = proxied.organisation
    csrf = sessions.find(organisation.platform, cookie).csrf
    form = {"csrf": csrf, "mailbox": str(organisation.mailbox.id), "subject": "Ritning", "body": "Hej", "find": "1"}
    files = {"attachments": ("ritning.bin", b"a" * LARGE, "application/octet-stream")}
    with _browser(proxied) as client:
        answer = client.post("/compose", data=form, files=files, headers=_headers(cookie), timeout=120)
    assert answer.status_code == 200
    assert "ritning.bin" in answer.text
    assert organisation.rows("SELECT size FROM attachments") == [(LARGE,)]


@pytest.mark.feature("ZS3")
def test_the_address_of_a_browser_is_the_proxys_word_alone(proxied: Any) -> None:
    """What the browser writes itself is not believed, neither through the proxy nor past it."""
    user = proxied.organisation.add_user("Anna Adress", password="ett ganska långt lösenord")
    signing = {"way": "password", "next": "/", "email": user.user.email, "password": "ett ganska långt lösenord"}
    forged = {"x-forwarded-for": FORGED, "sec-fetch-site": "same-origin", "accept": "text/html"}
    for local, base in ((BROWSER, proxied.url), (STRANGER, proxied.behind)):
        with _browser(proxied, local, base) as client:
            answer = client.post("/sign-in/begin", data=signing, headers=forged)
        assert answer.status_code == 303, answer.text[:2000]
    networks = proxied.organisation.rows("SELECT network FROM sessions WHERE user_id = :user", user=user.id)
    assert {network for (network,) in networks} == {"127.5.0.0", "127.6.0.0"}


@pytest.mark.feature("ZS9")
def test_what_the_proxy_and_a_web_elsewhere_say_is_sealed(proxied_by_tls: Any) -> None:
    """Pages come through; web shows a certificate that the proxy judges, and answers nobody in clear."""
    with _browser(proxied_by_tls) as client:
        assert client.get("/sign-in").status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(proxied_by_tls.behind.replace("https:", "http:") + "/healthz")


@pytest.mark.parametrize(
    ("file", "line"),
    [("nginx/budkavle.conf", 'proxy_set_header {} "";'), ("caddy/Caddyfile", "header_up -{}")],
)
def test_a_browsers_word_for_a_cards_certificate_is_taken_away(root: Path, file: str, line: str) -> None:
    """The proxy is believed in what it says of a card, so nobody else may say it through the proxy."""
    settings = (root / "deploy" / file).read_text("utf-8").lower()
    header = next(field.default for field in fields(SithsSettings) if field.name == "header")
    assert line.format(header) in settings


@contextmanager
def _browser(proxied: Any, local: str = "127.0.0.1", base: str = "") -> Iterator[httpx.Client]:
    """A browser that comes from an address of this machine."""
    verify = ssl.create_default_context(cafile=str(proxied.certificate))
    way = httpx.HTTPTransport(local_address=local, verify=verify)
    with httpx.Client(base_url=base or proxied.url, transport=way, timeout=60) as client:
        yield client


def _spoken(
    proxied: Any, least: ssl.TLSVersion, most: ssl.TLSVersion, ciphers: str = "DEFAULT"
) -> tuple[str | None, str]:
    """The version and the cipher that the proxy chooses of these."""
    context = ssl.create_default_context(cafile=str(proxied.certificate))
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1, which is tried so that it is refused
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, most
        context.minimum_version = least
    port = int(proxied.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as spoken,
    ):
        chosen = spoken.cipher()
        assert chosen
        return spoken.version(), chosen[0]


def _mark(proxied: Any, cookie: str) -> str:
    """What the stream of a session is called in its address."""
    csrf = sessions.find(proxied.organisation.platform, cookie).csrf
    return sha256(f"mark|{csrf}".encode()).hexdigest()[:32]


def _headers(cookie: str) -> dict[str, str]:
    return {"cookie": f"__Host-budkavle={cookie}", "sec-fetch-site": "same-origin", "accept": "text/html"}


@contextmanager
def _lines(command: list[Any]) -> Iterator["Queue[str]"]:
    """The lines of a program, as they come; it ends with the block."""
    lines: Queue[str] = Queue()

    def read(process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        for line in process.stdout:
            lines.put(line)

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        reader = threading.Thread(target=read, args=(process,))
        reader.start()
        try:
            yield lines
        finally:
            process.kill()
            reader.join()


def _until(lines: "Queue[str]", word: str) -> None:
    """Read lines until one has the word; each must come within ten seconds."""
    while word not in lines.get(timeout=10):
        pass
