"""Addresses that organisations type: where they lead, and where they never do."""

import contextlib
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from budkavle import Invalid, Misconfigured, check_outside_url, outside_client
from budkavle.operations.outbound_http import check_outside_host, is_public
from budkavle.settings import Settings
from budkavle.settings_reading import convert

# fmt: off
INSIDE = [
    "127.0.0.1", "127.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "ff0e::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
    "2002:a00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1",
]
OUTSIDE = [
    "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]
# fmt: on
NAME = "keys.example.se"


@pytest.mark.parametrize("number", INSIDE)
def test_what_is_inside(number: str) -> None:
    """Loopback, link-local, private, unique-local, multicast and reserved, also in an IPv6 dress."""
    assert not is_public(number)


@pytest.mark.parametrize("number", OUTSIDE)
def test_what_is_outside(number: str) -> None:
    """The open internet, also through a translator."""
    assert is_public(number)


def test_names_lead_inside_in_many_spellings(outside: Callable[..., Any]) -> None:
    """Whatever the resolver makes a number of is judged by its number, when typed and when asked."""
    for host in ("127.0.0.1", "2130706433", "0x7f.1", "127.1", "localhost", "LOCALHOST", "[::1]", "[::ffff:10.0.0.1]"):
        with pytest.raises(Invalid, match="internt nät"):
            check_outside_url(outside(), f"https://{host}/keys")
        with outside_client(outside(), 5) as client, pytest.raises(Invalid, match="internt nät"):
            client.get(f"https://{host}:1/")


@pytest.mark.parametrize(
    "url",
    ["", "keys", "http://keys.example.se", "ftp://x.example", "https://", "https://a:b@x.example", "https://x:99999/"],
)
def test_what_is_no_address_is_said(outside: Callable[..., Any], url: str) -> None:
    """Unencrypted, with a password, or none at all."""
    with pytest.raises(Invalid, match="https://"):
        check_outside_url(outside(), url)


@pytest.mark.parametrize("host", ["", "logg.habo.se:6514", "https://logg.habo.se", "logg habo", "[2606:4700::1111]"])
def test_a_server_is_typed_without_its_port(outside: Callable[..., Any], host: str) -> None:
    """A name with a port would never be found."""
    with pytest.raises(Invalid, match="utan port"):
        check_outside_host(outside(), host, 6514)


def test_a_server_may_be_a_name_or_a_number(outside: Callable[..., Any], names: dict[str, Any]) -> None:
    """It is stored as typed, without the spaces around it."""
    names[NAME] = ["93.184.216.34"]
    assert check_outside_host(outside(), f" {NAME} ", 6514) == NAME
    assert check_outside_host(outside(), "2606:4700:4700::1111", 6514) == "2606:4700:4700::1111"


def test_a_name_that_is_not_known_yet_may_be_typed(outside: Callable[..., Any], names: dict[str, Any]) -> None:
    """It may come; and it is judged when it is asked."""
    assert check_outside_url(outside(), "  https://later.example/keys ") == "https://later.example/keys"
    assert check_outside_url(outside(), "http://later.example", plain=True) == "http://later.example"
    with outside_client(outside(), 5) as client, pytest.raises(httpx.ConnectError):
        client.get("https://later.example/keys")


def test_a_name_server_that_is_silent_holds_nobody(
    outside: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up is left behind."""
    ends = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ends.wait(60) and [])
    with outside_client(outside(), 0.05) as client, pytest.raises(httpx.ConnectTimeout):
        client.get(f"https://{NAME}/")
    ends.set()


def test_the_connection_goes_to_the_number_that_was_judged(
    server: Any, outside: Callable[..., Any], names: dict[str, Any]
) -> None:
    """The certificate is that of the name; another answer of the name server leads nowhere else."""
    names[NAME] = ["127.0.0.1"]
    allowed = outside("127.0.0.1")
    with outside_client(allowed, 5, tls=server.trust) as client:
        assert client.get(f"https://{NAME}:{server.port}/keys").text == "answer"
    assert server.seen == [(f"{NAME}:{server.port}", "/keys")]
    assert names["asked"].count(NAME) == 1
    with outside_client(allowed, 5, tls=server.trust) as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.get(f"https://127.0.0.1:{server.port}/keys")
    names[NAME] = ["127.0.0.2"]
    with outside_client(allowed, 5, tls=server.trust) as client, pytest.raises(Invalid):
        client.get(f"https://{NAME}:{server.port}/keys")


@pytest.mark.parametrize("numbers", [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["::1"]])
def test_one_answer_inside_is_enough_to_refuse(
    outside: Callable[..., Any], names: dict[str, Any], numbers: list[str]
) -> None:
    """A name with one foot outside is not asked at all."""
    names[NAME] = numbers
    with pytest.raises(Invalid):
        check_outside_url(outside(), f"https://{NAME}/")
    with outside_client(outside(), 5) as client, pytest.raises(Invalid):
        client.get(f"https://{NAME}/")


@pytest.mark.parametrize("entry", [NAME, NAME.upper(), "127.0.0.1", "127.0.0.0/8", "::/0 127.0.0.0/8"])
def test_the_installation_lets_through_what_it_names(
    server: Any, outside: Callable[..., Any], names: dict[str, Any], entry: str
) -> None:
    """By name, address or network; the next name is still refused."""
    names |= {NAME: ["127.0.0.1"], "other.example.se": ["10.0.0.1"]}
    platform = outside(*entry.split())
    assert check_outside_url(platform, f"https://{NAME}/")
    with outside_client(platform, 5, tls=server.trust) as client:
        assert client.get(f"https://{NAME}:{server.port}/").status_code == 200
    with pytest.raises(Invalid):
        check_outside_url(platform, "https://other.example.se/")


def test_redirects_proxies_and_plain_addresses_lead_nowhere(
    server: Any, outside: Callable[..., Any], names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect is an answer and not followed; a proxy of the environment is not asked; http is refused."""
    names[NAME] = ["127.0.0.1"]
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with outside_client(outside(NAME), 5, tls=server.trust) as client:
        assert client.get(f"https://{NAME}:{server.port}/redirect").status_code == 302
        for url in (f"http://{NAME}:{server.port}/", f"https://a:b@{NAME}:{server.port}/"):
            with pytest.raises(httpx.UnsupportedProtocol):
                client.get(url)
    assert [path for _, path in server.seen] == ["/redirect"]


@pytest.mark.parametrize(
    ("path", "error"),
    [("/endless", httpx.ReadError), ("/slow", httpx.ReadTimeout), ("/drip", httpx.ReadTimeout)],
)
def test_an_answer_has_an_end(
    server: Any, outside: Callable[..., Any], names: dict[str, Any], path: str, error: type[Exception]
) -> None:
    """Of bytes and of time, its head too: whoever typed the address may have made the server that answers."""
    names[NAME] = ["127.0.0.1"]
    began = time.monotonic()
    with outside_client(outside(NAME), 0.5, tls=server.trust) as client, pytest.raises(error):
        client.get(f"https://{NAME}:{server.port}{path}")
    assert time.monotonic() - began < 10


def test_a_compressed_answer_is_refused(server: Any, outside: Callable[..., Any], names: dict[str, Any]) -> None:
    """Streamed or whole, before any of it is unfolded; nobody asked for one."""
    names[NAME] = ["127.0.0.1"]
    url = f"https://{NAME}:{server.port}/gzip"
    with outside_client(outside(NAME), 5, tls=server.trust) as client:
        with pytest.raises(httpx.DecodingError):
            client.get(url)
        with pytest.raises(httpx.DecodingError), client.stream("GET", url):
            pass
        assert client.get(url.removesuffix("/gzip")).text == "answer"


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "http://x", "10.0.0", "", "två ord"])
def test_a_setting_that_names_nothing_is_refused_at_the_start(entry: str) -> None:
    """Neither a host nor a network; the good ones are."""
    with pytest.raises(Misconfigured, match="private_addresses"):
        convert({"private_addresses": [entry]}, Settings, "")
    good = ["iam.habo.se", "server", "10.1.0.0/16", "10.1.2.3/16", "fd00::/8", "::1"]
    assert convert({"private_addresses": good}, Settings, "").private_addresses == tuple(good)


# A server on this machine, and a name server of the test's own


@pytest.fixture
def outside() -> Callable[..., Any]:
    """An installation that lets these through."""
    return lambda *private: SimpleNamespace(settings=Settings(private_addresses=private))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Numbers by name; `asked` are the names that were looked up. No other name is known."""
    found: dict[str, Any] = {"asked": []}
    real = socket.getaddrinfo

    def look_up(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            found["asked"].append(host)
            if host not in found:
                raise socket.gaierror("unknown") from None
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in found[host]]
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return found


_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
_STREAMS: dict[str, Callable[[], Iterator[tuple[bytes, float]]]] = {
    "/endless": lambda: ((piece, 0.0) for piece in chain([_HEAD + b"\r\n"], repeat(b"x" * 65_536))),
    "/slow": lambda: ((piece, 0.1) for piece in chain([_HEAD + b"\r\n"], repeat(b"x", 200))),
    "/drip": lambda: ((piece, 0.1) for piece in chain([_HEAD], repeat(b"X-More: x\r\n", 200))),
}
"""What a server says that never comes to an end: pieces, and the pause after each."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.seen.append((self.headers["Host"], self.path))
        if self.path in _STREAMS:
            with contextlib.suppress(OSError):
                for piece, pause in _STREAMS[self.path]():
                    self.wfile.write(piece)
                    time.sleep(pause)
            return
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("Location", "https://169.254.169.254/latest")
        self.send_header("Content-Length", "6")
        if self.path == "/gzip":
            self.send_header("Content-Encoding", "gzip, gzip")
        self.end_headers()
        self.wfile.write(b"answer")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """A server with a certificate of its name: `port`, `seen`, `trust`."""
    certificate, key = _certificate(tmp_path)
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    made.seen, made.port, made.trust = [], made.server_port, ssl.create_default_context(cafile=str(certificate))
    made.handle_error = lambda *_: None  # a client that does not like the certificate goes away
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key.private_bytes(*form))
    return folder / "server.pem", folder / "server.key"
