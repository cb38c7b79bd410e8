"""A provider's metadata: from a URL and signed, the last good copy kept."""

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import xmlsec
from lxml import etree

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.claims import Refused
from budkavle_eid.saml.metadata import MetadataSource
from budkavle_eid.saml.provider import SamlProvider
from budkavle_eid.settings import SamlSettings

IDP = "https://idp.example/saml"
HINTS = {"language": "sv", "return_url": "http://127.0.0.1:8420/sign-in/back/idp"}
DATED = b'<m:EntityDescriptor xmlns:m="%s" validUntil="nu"><m:IDPSSODescriptor/></m:EntityDescriptor>'
NS = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


@dataclass
class Federation:
    """Where metadata is published."""

    url: str = ""
    content: bytes = b""
    status: int = 200
    asked: int = field(default=0)


class _Server(ThreadingHTTPServer):
    federation: Federation


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        here = cast("_Server", self.server).federation
        here.asked += 1
        self.send_response(here.status)
        self.send_header("content-length", str(len(here.content)))
        self.end_headers()
        self.wfile.write(here.content)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's own word
        """Be quiet."""


@pytest.fixture
def federation() -> Iterator[Federation]:
    """Publish metadata on this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.federation = Federation(f"http://127.0.0.1:{server.server_address[1]}/metadata")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.federation
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signed(data: bytes, pair: Any) -> bytes:
    """Sign a whole document."""
    root = etree.fromstring(data)
    node = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
    root.insert(0, node)
    reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri=f"#{root.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(pair.key), xmlsec.constants.KeyDataFormatPem)
    context.sign(node)
    return etree.tostring(root)


@pytest.fixture
def settings(idp: Any, federation: Federation, pairs: Any) -> Callable[..., SamlSettings]:
    """Settings of a connection whose metadata is fetched."""
    federation.content = signed(idp.metadata(), pairs("federation"))

    def make(**more: Any) -> SamlSettings:
        values: dict[str, Any] = {
            "name": "idp",
            "label": "E-legitimation",
            "metadata": federation.url,
            "metadata_certificate": pairs("federation").certificate,
            "key": idp.sp.key,
            "certificate": idp.sp.certificate,
        }
        return SamlSettings(**{**values, **more})

    return make


class _Once:
    def first(self, what: str, until: dt.datetime) -> bool:
        return True

    def is_used(self, what: str) -> bool:
        return False


def test_metadata_are_fetched_checked_kept_and_used(
    idp: Any, settings: Callable[..., SamlSettings], federation: Federation, tmp_path: Path, signing_in: Any
) -> None:
    """The first need fetches them, later ones read the copy; another process finds the copy too."""
    for _ in range(2):
        provider = SamlProvider(settings(), lambda: "http://127.0.0.1:8420", tmp_path / "kept", _Once())
        assert isinstance(signing_in(provider), Identity)
        assert isinstance(signing_in(provider), Identity)
    assert federation.asked == 1
    assert (tmp_path / "kept" / "idp.xml").read_bytes() == federation.content


@pytest.mark.parametrize(
    "fault", ["unsigned", "stranger", "tampered", "inner", "gone", "nonsense", "doctype", "expired"]
)
def test_what_is_not_good_is_not_taken_and_the_last_good_copy_stays(
    idp: Any, settings: Callable[..., SamlSettings], federation: Federation, pairs: Any, tmp_path: Path, fault: str
) -> None:
    """Unsigned, signed by another, changed, signed only inside, not there, no XML, expired."""
    source = MetadataSource(settings(), tmp_path / "kept")
    good, content = source.current(), federation.content
    yesterday = f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    inner = etree.Element(f"{{{NS['md']}}}EntitiesDescriptor", ID="_outer")
    inner.append(etree.fromstring(content))
    federation.content = {
        "unsigned": idp.metadata(),
        "stranger": signed(idp.metadata(), pairs("stranger")),
        "tampered": content.replace(b"https://idp.example/sso/post", b"https://evil.example/sso/post"),
        "inner": etree.tostring(inner),
        "nonsense": b"<html>",
        "doctype": b"<!DOCTYPE x>" + content,
        "expired": signed(idp.metadata(until=yesterday), pairs("federation")),
    }.get(fault, b"")
    federation.status = 404 if fault == "gone" else 200
    with pytest.raises(Refused):
        source.refresh()
    assert source.current() == good
    assert MetadataSource(settings(), tmp_path / "kept").current().metadata == good.metadata
    fresh = SamlProvider(settings(), lambda: "http://127.0.0.1:8420", tmp_path / "none", _Once())
    assert isinstance(fresh.start(Loa.ONE, HINTS), Failed)


@pytest.mark.parametrize(
    "content",
    [
        b"<html",
        b"<html><body>Metadata</body></html>",
        DATED % NS["md"].encode(),
    ],
    ids=["cut short", "a web page", "a time that is none"],
)
def test_what_cannot_be_read_is_said_to_be_so(
    settings: Callable[..., SamlSettings], tmp_path: Path, content: bytes
) -> None:
    """An administrator reads what to do; who signs in reads that it cannot be reached, and not that it is a forgery."""
    file = tmp_path / "idp.xml"
    file.write_bytes(content)
    read = settings(metadata=str(file), metadata_certificate=None)
    (told,) = MetadataSource(read, tmp_path / "kept").health()
    assert not told.ok
    assert "går inte att läsa" in str(told)
    assert "Hämta metadata på nytt" in told.remedy
    failed = SamlProvider(read, lambda: "http://127.0.0.1:8420", tmp_path / "kept", _Once()).start(Loa.ONE, HINTS)
    assert isinstance(failed, Failed)
    assert "går inte att nå just nu" in failed.message


def test_a_provider_is_found_in_a_federations_metadata(
    idp: Any, settings: Callable[..., SamlSettings], federation: Federation, pairs: Any, tmp_path: Path
) -> None:
    """Where there are several, the settings must say which; the others' keys are not taken along."""
    federation.content = signed(idp.metadata(entities=True), pairs("federation"))
    with pytest.raises(Refused):
        MetadataSource(settings(), tmp_path / "a").current()
    with pytest.raises(Refused):
        MetadataSource(settings(idp="https://third.example"), tmp_path / "b").current()
    found = MetadataSource(settings(idp=IDP), tmp_path / "c").current()
    assert found.entity_id == IDP
    assert b"other.example" not in found.metadata
    provider = SamlProvider(settings(idp=IDP), lambda: "http://127.0.0.1:8420", tmp_path / "c", _Once())
    assert isinstance(provider.start(Loa.ONE, HINTS), Redirect)


def test_a_new_key_is_taken_when_the_metadata_is_read_anew(
    idp: Any,
    settings: Callable[..., SamlSettings],
    federation: Federation,
    pairs: Any,
    tmp_path: Path,
    signing_in: Any,
) -> None:
    """The provider changes its key: refused before, taken after, and the old one refused then."""
    provider = SamlProvider(settings(), lambda: "http://127.0.0.1:8420", tmp_path / "kept", _Once())
    assert isinstance(signing_in(provider), Identity)
    old, idp.pair = idp.pair, pairs("idp-two")
    assert isinstance(signing_in(provider), Failed)
    federation.content = signed(idp.metadata(), pairs("federation"))
    provider.source.refresh()
    assert isinstance(signing_in(provider), Identity)
    idp.signer = old
    assert isinstance(signing_in(provider), Failed)


def test_health_says_how_old_they_are(
    idp: Any, settings: Callable[..., SamlSettings], federation: Federation, pairs: Any, tmp_path: Path
) -> None:
    """Fresh, soon over, old, and missing: each is said in a sentence."""
    source = MetadataSource(settings(), tmp_path / "kept")
    (fresh,) = source.health()
    assert fresh.ok
    assert "lästes för 0 timmar sedan" in str(fresh)
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    tomorrow = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    federation.content = signed(idp.metadata(until=tomorrow), pairs("federation"))
    source.refresh()
    (soon,) = source.health()
    assert not soon.ok
    assert f"slutar gälla {end.astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d %H.%M}" in str(soon)
    kept = tmp_path / "kept" / "idp.xml"
    federation.content = signed(idp.metadata(), pairs("federation"))
    source.refresh()
    os.utime(kept, (kept.stat().st_atime, kept.stat().st_mtime - 3600 * 24))
    (old,) = source.health()
    assert not old.ok
    assert "är 24 timmar gamla" in str(old)
    federation.status = 500
    (missing,) = MetadataSource(settings(), tmp_path / "none").health()
    assert not missing.ok
    assert missing.remedy
