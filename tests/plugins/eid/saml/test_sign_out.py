"""SAML's single logout: passed on to the provider, and taken from it, always signed."""

import base64
import datetime as dt
import json
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from budkavle import Identity, Loa, Redirect
from budkavle.identification import SignOutRequest, SignsOut

BASE = "http://127.0.0.1:8420"
BACK, FROM = f"{BASE}/sign-out/back/idp", f"{BASE}/sign-out/from/idp"
ENTITY = f"{BASE}/plugin/eid/saml/idp/metadata"
IDP, SLO = "https://idp.example/saml", "https://idp.example/slo"
P, A = "{urn:oasis:names:tc:SAML:2.0:protocol}", "{urn:oasis:names:tc:SAML:2.0:assertion}"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
SPACES = f'xmlns:samlp="{P[1:-1]}" xmlns:saml="{A[1:-1]}"'


@pytest.fixture
def ours(idp: Any, connect: Callable[..., Any]) -> Any:
    """Our side of a provider that has single logout."""
    idp.logout, idp.session = SLO, "session-one"
    return connect(sign_out=True)


def signed_in(ours: Any, idp: Any) -> Identity:
    first = ours.start(Loa.ONE, {"return_url": f"{BASE}/sign-in/back/idp"})
    step = ours.advance(first.state, idp.sign_in(first))
    assert isinstance(step, Identity), step
    return step


def read(redirect: object, idp: Any, name: str, at: str) -> etree._Element:
    """Read what we send as the provider does, and check our signature."""
    assert isinstance(redirect, Redirect)
    assert redirect.url.startswith(f"{at}?")
    query = urlsplit(redirect.url).query
    parts = {word: values[0] for word, values in parse_qs(query).items()}
    signed = query.rpartition("&Signature=")[0].encode()
    public = idp.sp.private.public_key()
    public.verify(base64.b64decode(parts["Signature"]), signed, padding.PKCS1v15(), hashes.SHA256())
    return etree.fromstring(zlib.decompress(base64.b64decode(parts[name]), -15))


def instant(minutes: float = 0) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def request(**lies: str) -> str:
    """The provider's request, with lies."""
    right = {
        "id": "_request",
        "kind": "LogoutRequest",
        "issuer": IDP,
        "destination": FROM,
        "at": instant(),
        "until": instant(5),
        "names": "<saml:NameID>anna-pseudonym</saml:NameID>",
        "sessions": "<samlp:SessionIndex>session-one</samlp:SessionIndex>",
    }
    words = {**right, **lies}
    return (
        f'<samlp:{words["kind"]} {SPACES} ID="{words["id"]}" Version="2.0" IssueInstant="{words["at"]}"'
        f' Destination="{words["destination"]}" NotOnOrAfter="{words["until"]}"><saml:Issuer>{words["issuer"]}'
        f"</saml:Issuer>{words['names']}{words['sessions']}</samlp:{words['kind']}>"
    )


def answer(to: str, **lies: str) -> str:
    """The provider's answer, with lies."""
    right = {"issuer": IDP, "destination": BACK, "status": SUCCESS, "at": instant()}
    words = {**right, **lies}
    return (
        f'<samlp:LogoutResponse {SPACES} ID="_a" Version="2.0" IssueInstant="{words["at"]}" InResponseTo="{to}"'
        f' Destination="{words["destination"]}"><saml:Issuer>{words["issuer"]}</saml:Issuer>'
        f'<samlp:Status><samlp:StatusCode Value="{words["status"]}"/></samlp:Status></samlp:LogoutResponse>'
    )


@pytest.mark.feature("A9")
def test_the_browser_carries_a_signed_request(ours: Any, idp: Any) -> None:
    """It names the person and the session as the provider did."""
    idp.session_ends = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    session = signed_in(ours, idp).session
    assert session is not None
    assert isinstance(ours, SignsOut)
    assert (session.subject, session.name) == ("anna-pseudonym", "session-one")
    assert session.ends_at == int(idp.session_ends.timestamp())
    root = read(ours.sign_out(session.kept, BACK), idp, "SAMLRequest", SLO)
    assert (root.tag, root.get("Destination"), root.findtext(f"{A}Issuer")) == (f"{P}LogoutRequest", SLO, ENTITY)
    name = root.find(f"{A}NameID")
    assert name is not None
    assert (name.text, name.get("Format")) == ("anna-pseudonym", idp.name_format)
    assert root.findtext(f"{P}SessionIndex") == "session-one"


def test_our_metadata_say_where(ours: Any, connect: Callable[..., Any]) -> None:
    """Where requests come, and where answers; nothing of it where signing out is off."""
    root = etree.fromstring(ours.metadata())
    (service,) = root.iter("{*}SingleLogoutService")
    assert (service.get("Location"), service.get("ResponseLocation")) == (FROM, BACK)
    assert service.get("Binding").endswith("HTTP-Redirect")
    off = connect(sign_out=False)
    assert list(etree.fromstring(off.metadata()).iter("{*}SingleLogoutService")) == []


def test_where_it_is_off_nothing_is_kept_or_taken(idp: Any, connect: Callable[..., Any]) -> None:
    """As for national e-identification unless the connection says so."""
    idp.logout = SLO
    off = connect()
    assert signed_in(off, idp).session is None
    assert off.sign_out_request({}, idp.query("SAMLRequest", request())) is None


def test_a_provider_without_single_logout_is_not_asked(idp: Any, connect: Callable[..., Any]) -> None:
    """Its metadata have no such place."""
    there = connect(sign_out=True)
    assert there.sign_out(json.dumps({"text": "anna"}), BACK) is None


def test_a_signed_answer_to_our_request_is_believed(ours: Any, idp: Any) -> None:
    """Its success, and nothing else."""
    sent = ours.sign_out(json.dumps({"text": "anna"}), BACK)

    def done(message: str, **more: Any) -> bool:
        return bool(ours.signed_out(sent.state, {}, idp.query("SAMLResponse", message, **more)))

    mine = sent.state["request"]
    assert done(answer(mine))
    assert not done(answer("_another"))
    assert not done(answer(mine, status="urn:oasis:names:tc:SAML:2.0:status:Responder"))
    assert not done(answer(mine, issuer="https://other.example"))
    assert not done(answer(mine, destination=FROM))
    assert not done(answer(mine, at=instant(-20)))
    assert not done(answer(mine), signer=idp.sp)
    assert not done(answer(mine), algorithm="rsa-sha1")
    assert not ours.signed_out({}, {}, idp.query("SAMLResponse", answer("")))


@pytest.mark.feature("A9")
def test_the_providers_request_is_taken_once_and_answered(ours: Any, idp: Any) -> None:
    """Whom it concerns, and a signed answer with what the provider wants back."""
    query = idp.query("SAMLRequest", request(), relay="as it was &+", algorithm="rsa-sha512")
    taken = ours.sign_out_request({}, query)
    assert isinstance(taken, SignOutRequest)
    assert (taken.subject, taken.session) == ("anna-pseudonym", "session-one")
    root = read(taken.reply, idp, "SAMLResponse", f"{SLO}/done")
    assert (root.tag, root.get("InResponseTo")) == (f"{P}LogoutResponse", "_request")
    assert [code.get("Value") for code in root.iter(f"{P}StatusCode")] == [SUCCESS]
    assert parse_qs(urlsplit(taken.reply.url).query)["RelayState"] == ["as it was &+"]
    again = ours.sign_out_request({}, query)
    assert (again.subject, again.session) == (taken.subject, taken.session), "nothing has come of it yet"
    taken.done()
    assert ours.sign_out_request({}, query) is None


@pytest.mark.parametrize("count", [0, 2])
def test_none_or_several_sessions_are_all_of_the_person(ours: Any, idp: Any, count: int) -> None:
    """All that began by this provider."""
    taken = ours.sign_out_request(
        {}, idp.query("SAMLRequest", request(sessions="<samlp:SessionIndex>a</samlp:SessionIndex>" * count))
    )
    assert (taken.subject, taken.session) == ("anna-pseudonym", "")


LIES: dict[str, dict[str, str]] = {
    "another issuer": {"issuer": "https://other.example"},
    "another receiver": {"destination": BACK},
    "old": {"at": instant(-20)},
    "from the future": {"at": instant(60)},
    "over": {"until": instant(-5)},
    "a time without zone": {"at": "2026-11-29T12:00:00"},
    "an answer": {"kind": "LogoutResponse"},
    "nobody": {"names": ""},
    "an empty name": {"names": "<saml:NameID> </saml:NameID>"},
    "two names": {"names": "<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>"},
    "without a name of its own": {"id": ""},
    "a name that a comment cuts": {"names": "<saml:NameID>anna<!-- -->-pseudonym</saml:NameID>"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_request_that_is_not_right_is_refused(ours: Any, idp: Any, lie: str) -> None:
    """One lie is enough, though the provider has signed it."""
    assert ours.sign_out_request({}, idp.query("SAMLRequest", request(**LIES[lie]))) is None


def test_what_the_provider_has_not_signed_is_refused(ours: Any, idp: Any) -> None:
    """No signature, another's, SHA-1, another message, and a parameter that stands there twice."""
    right = idp.query("SAMLRequest", request())
    other = idp.query("SAMLRequest", request(names="<saml:NameID>bo</saml:NameID>"))
    signature = right.rpartition("&Signature=")[2]
    bomb = base64.b64encode(zlib.compress(b" " * 5_000_000)[2:-4]).decode()
    for query in (
        "",
        "SAMLRequest=a&SigAlg=b&Signature=c",
        right.partition("&SigAlg=")[0],
        right.rpartition("&Signature=")[0],
        f"{other.rpartition('&Signature=')[0]}&Signature={signature}",
        right.replace("&SigAlg", "&RelayState=x&SigAlg"),
        f"{right}&SAMLRequest={other.partition('=')[2].partition('&')[0]}",
        idp.query("SAMLRequest", request(), signer=idp.sp),
        idp.query("SAMLRequest", request(), algorithm="rsa-sha1"),
        f"SAMLRequest={quote(bomb)}&SigAlg=x&Signature={signature}",
        idp.query("SAMLRequest", "not xml"),
        idp.query("SAMLRequest", "<!DOCTYPE a>" + request()),
    ):
        assert ours.sign_out_request({}, query) is None
    assert ours.sign_out_request({}, right) is not None
