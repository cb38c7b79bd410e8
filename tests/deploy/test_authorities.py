"""The operator's own authorities are believed by every connection outwards, by one way of naming them."""

import asyncio
import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from obstore.store import S3Store
from PIL import Image
from tests.deploy.own_authority import NAME, Server

from budkavle import outside_client
from budkavle.settings import Settings
from budkavle.storage.blobs import Blobs
from budkavle_addressbook.national.client import Reader
from budkavle_addressbook.settings import Settings as AddressbookSettings
from budkavle_eid.mutual_tls import Key, Peer
from budkavle_eid.oidc.issuer import Issuer
from budkavle_eid.saml import metadata
from budkavle_email_link.mail.smtp import Mailer
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_fax.carriers.base import Fax
from budkavle_fax.carriers.email import EmailFax
from budkavle_fax.carriers.http import HttpFax
from budkavle_fax.settings import EmailSettings, HttpSettings
from budkavle_identity_tokens.keys import RemoteKeys
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.discovery.http import Web
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_siem.sending import installation_sender
from budkavle_siem.settings import InstallationStream
from budkavle_sms.gateways import http_client, smpp_session
from budkavle_sms.settings import SmppSettings
from budkavle_timestamps.authority import Authority
from budkavle_timestamps.settings import StampSettings
from budkavle_transit.service import Service
from budkavle_transit.settings import TransitSettings

ORGANISATION = UUID(int=1)
SECONDS: Final = 10.0


def typed(server: Server) -> None:
    """What organisations type, and with it push services, Graph, webhooks and keys of API clients."""
    with outside_client(inside(), SECONDS) as client:
        client.get(server.url)


def inside(**settings: object) -> Any:
    """An installation whose organisations may name servers of this machine."""
    return SimpleNamespace(settings=Settings(private_addresses=(NAME,)), **settings)


def addressbook(server: Server) -> None:
    """The national address book."""
    with Reader(AddressbookSettings(url=server.url, timeout=SECONDS)) as reader:
        list(reader.collection("organizations"))


def fax() -> Fax:
    """A page."""
    page = io.BytesIO()
    Image.new("1", (1728, 100)).save(page, "TIFF", compression="group4", dpi=(204, 196))
    return Fax("tag", "+4610900200", "", page.getvalue())


def time_stamps(server: Server) -> None:
    """The authority that the installation's settings name."""
    host: Any = SimpleNamespace(settings=SimpleNamespace(url=server.url, timeout_seconds=SECONDS))
    Authority(host, StampSettings(url=server.url, root=server.authority.read_text())).stamp(b"text")


def key_service(server: Server) -> None:
    """Vault or OpenBao."""
    token = server.authority.with_name("token")
    token.write_text("hvs.token")
    Service(TransitSettings(url=server.url, token_file=token)).ask("encrypt", plaintext="")


def smpp(server: Server) -> None:
    """An operator of SMS."""
    settings = SmppSettings(host=NAME, port=server.port, tls=True)
    _, writer = asyncio.run(smpp_session.connect(settings))
    writer.transport.abort()


def mail(server: Server) -> None:
    """The mail server of the settings."""
    settings = EmailLinkSettings(host=NAME, port=server.port, tls="implicit", timeout_seconds=SECONDS)
    asyncio.run(Mailer(settings).ask())


def storage(server: Server) -> None:
    """S3."""
    once: Any = {"max_retries": 0}
    store = S3Store(
        "bucket",
        endpoint=server.url,
        region="x",
        access_key_id="a",
        secret_access_key="b",
        retry_config=once,
    )
    list(Blobs(store).names(ORGANISATION))


def database(server: Server) -> None:
    """PostgreSQL, with what libpq calls the system's authorities."""
    server.prelude = b"S"
    words = f"host={NAME} port={server.port} user=a dbname=b connect_timeout=10 gssencmode=disable"
    psycopg.connect(f"{words} sslmode=verify-full sslrootcert=system")


CONNECTIONS: Mapping[str, Callable[[Server], object]] = {
    "typed": typed,
    "addressbook": addressbook,
    "identity tokens": lambda server: RemoteKeys(server.url, SECONDS).find("a"),
    "oidc": lambda server: Issuer(server.url, SECONDS).metadata(),
    "saml": lambda server: metadata._download(server.url, SECONDS),
    "bankid, freja": lambda server: Peer(server.url, Key(server.pair), None, SECONDS).post("a", b"", "text/plain"),
    "sms": lambda server: asyncio.run(http_client.Service("SMS", SECONDS).ask("GET", server.url)),
    "smpp": smpp,
    "mail": mail,
    "fax": lambda server: HttpFax(HttpSettings(url=server.url), SECONDS).submit(fax()),
    "fax by mail": lambda server: EmailFax(
        EmailSettings(host=NAME, port=server.port, tls="implicit", domain="fax.example", sender="a@habo.example"),
        SECONDS,
    ).submit(fax()),
    "siem": lambda server: installation_sender(InstallationStream(way="https", url=server.url), SECONDS).send([b"a"]),
    "syslog": lambda server: installation_sender(InstallationStream(host=NAME, port=server.port), SECONDS).send([b"a"]),
    "time stamps": time_stamps,
    "key service": key_service,
    "access point": lambda server: Connection(SoapSettings(url=server.url)).get(server.url, lambda *_: None),
    "SMP, OCSP, CRL": lambda server: Web(SECONDS).get(server.url, most=100),
    "storage": storage,
    "database": database,
}
"""One of each client that opens TLS, as the product does: docs/connections.md has them all."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Shows a certificate of an authority of our own."""
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("name", CONNECTIONS)
def test_an_authority_that_the_operator_names_is_believed(
    name: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` is enough for each connection; without it the same server is refused."""
    monkeypatch.setattr(http_client, "_context", http_client._context.__wrapped__)  # a process keeps it
    for trusted in (False, True):
        for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(variable, raising=False)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
            monkeypatch.setenv("SSL_CERT_DIR", str(server.authority.parent))  # as docs/connections.md leaves others out
        with contextlib.suppress(Exception):  # it says nothing after the handshake, which everybody finds strange
            CONNECTIONS[name](server)
        assert server.handshakes.get(timeout=30) is trusted
