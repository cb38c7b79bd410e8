"""SITHS cards behind a proxy: who is let in, and who is not."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from budkavle import Failed, Identity, Loa, Platform, Redirect
from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.testing.contracts import IdentityProviderContract
from budkavle.web.app import _with_peer
from budkavle_eid.siths.provider import SithsProvider

BASE, CARDS = "https://budkavle.example", "https://kort.budkavle.example"
POLICY = "1.2.752.74.6.99"
HINTS = {"language": "sv", "return_url": f"{BASE}/sign-in/back/siths_card"}
Install = Callable[..., Platform]
Serve = Callable[[Platform], Any]


def provider_of(platform: Platform) -> SithsProvider:
    found = platform.plugins.identity_providers["siths_card"]
    assert isinstance(found, SithsProvider)
    return found


def begin(platform: Platform) -> Mapping[str, str]:
    step = provider_of(platform).start(Loa.THREE, HINTS)
    assert isinstance(step, Redirect)
    assert step.url.startswith(f"{CARDS}/plugin/eid/siths/siths_card?flow=")
    assert dict(parse_qsl(urlsplit(step.url).query)) == {"flow": step.state["nonce"]}
    return step.state


def through(platform: Platform, web: Any, pem: str) -> Any:
    """Go the whole way; the answer of the page where it does not lead back."""
    state = begin(platform)
    answer = web.show(pem, state["nonce"])
    if answer.status_code != 303:
        return answer
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == HINTS["return_url"]
    return provider_of(platform).advance(state, dict(parse_qsl(back.query)))


class TestContract(IdentityProviderContract):
    """The core's own contract."""

    @pytest.fixture
    def provider(self, install: Install) -> IdentityProvider:
        """The provider as the plugin registers it."""
        return install().plugins.identity_providers["siths_card"]

    @pytest.fixture
    def answers(self, provider: SithsProvider, serve: Serve, authority: Any) -> Any:
        """What the browser brings back from where the proxy asks for the card."""
        web = serve(provider._host.platform)

        def bring(sent: Redirect) -> dict[str, str]:
            shown = web.show(authority.card(), sent.state["nonce"])
            return dict(parse_qsl(urlsplit(shown.headers["location"]).query))

        return (bring,)


@pytest.mark.feature("A9")
def test_a_card_says_who_it_is(install: Install, serve: Serve, authority: Any) -> None:
    """HSA-id, name and level come out of the certificate; it is noted that revocation was not checked."""
    platform = install()
    step = through(platform, serve(platform), authority.card())
    assert isinstance(step, Identity), step.text
    assert (step.provider, step.subject, step.loa) == ("siths_card", "SE2321000016-1003", Loa.THREE)
    assert step.attributes["hsa_id"] == "SE2321000016-1003"
    assert step.attributes["name"] == "Anna Test"
    assert step.attributes["raw_acr"] == "SITHS e-id Person HSA-id 3 CA v1"
    assert step.attributes["evidence"].endswith("revocation:not-checked")
    assert "personnummer" not in step.attributes


def test_the_other_certificate_of_a_card_has_the_personnummer(install: Install, serve: Serve, authority: Any) -> None:
    """A card has two; this one is matched by personnummer."""
    platform = install()
    step = through(platform, serve(platform), authority.card("199001012385"))
    assert isinstance(step, Identity)
    assert (step.subject, step.attributes["personnummer"]) == ("199001012385", "199001012385")


def test_the_policy_goes_before_the_authoritys_name(install: Install, serve: Serve, authority: Any) -> None:
    """A reserve card by the same authority may be level 2; what the settings take away is refused."""
    platform = install(levels={POLICY: 2})
    assert through(platform, serve(platform), authority.card(policy=POLICY)).loa is Loa.TWO
    capped = install(loa=2)
    assert through(capped, serve(capped), authority.card()).loa is Loa.TWO
    none = install(levels={authority.name: 0})
    assert through(none, serve(none), authority.card()).status_code == 422


def test_a_certificate_that_is_no_persons_is_refused(install: Install, serve: Serve, authority: Any) -> None:
    """Out of date, early, of a server, of an authority, of a function."""
    platform = install()
    web = serve(platform)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"after": -1}, "gäller inte längre"),
        ({"before": -1, "after": 5}, "gäller inte längre"),
        ({"usage": ExtendedKeyUsageOID.SERVER_AUTH}, "gick inte att använda"),
        ({"usage": None}, "gick inte att använda"),
        ({"ca": True}, "gick inte att använda"),
        ({"given": "", "family": "", "name": "journal.habo.example"}, "funktionscertifikat"),
    ]
    for change, words in changes:
        answer = through(platform, web, authority.card(**change))
        assert answer.status_code == 422, change
        assert words in answer.text, change
        assert f'href="{BASE}/sign-in"' in answer.text


def test_a_number_that_is_none_is_refused(install: Install, serve: Serve, authority: Any) -> None:
    """Neither an HSA-id nor twelve digits of a personnummer."""
    platform = install()
    web = serve(platform)
    for number in ("", "9001012385", "199013012385", "SE23-1", "x" * 40):
        assert through(platform, web, authority.card(number)).status_code == 422, number


def test_another_authoritys_card_is_refused(install: Install, serve: Serve, authority: Any) -> None:
    """Also one of the same name: the signature decides."""
    platform = install()
    web = serve(platform)
    for other in (type(authority)(), type(authority)(name="Someone CA")):
        assert through(platform, web, other.card()).status_code == 422


def test_no_certificate_is_told_so(install: Install, serve: Serve) -> None:
    """The proxy passes on nothing, or something else."""
    platform = install()
    web = serve(platform)
    empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    for pem in (None, "", "nonsense", empty, "x" * 30_000):
        assert web.show(pem, begin(platform)["nonce"]).status_code == 422, pem


def test_only_a_proxy_of_ours_is_believed(install: Install, serve: Serve, authority: Any) -> None:
    """A certificate is public: who sends one in a header himself finds no page."""
    platform = install()
    web = serve(platform)
    for address in ("10.2.0.1", "192.0.2.1", "::1", "", "testclient"):
        web.peer.address = address
        assert web.show(authority.card(), begin(platform)["nonce"]).status_code == 404, address
    nobody = install(proxies=())
    assert serve(nobody).show(authority.card(), begin(nobody)["nonce"]).status_code == 404


def test_a_header_at_our_ordinary_address_is_not_believed(install: Install, serve: Serve, authority: Any) -> None:
    """Through the proxy, but at the address where it asks for no card, and may pass on what the browser made up."""
    platform = install()
    assert serve(platform).show(authority.card(), begin(platform)["nonce"], host=BASE).status_code == 404
    same = install(url=f"{BASE}/plugin/eid/siths/siths_card")
    assert serve(same).show(authority.card(), "n", host=BASE).status_code == 404


def test_the_server_keeps_who_connected() -> None:
    """A forwarded address takes the place of the proxy's everywhere but there."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["budkavle.peer"], scope["client"][0]))

    async def forwarding(scope: Any, receive: Any, send: Any) -> None:
        scope["client"] = ("203.0.113.9", 0)
        await app(scope, receive, send)

    nothing: Any = None
    asyncio.run(_with_peer(forwarding)({"type": "http", "client": ("10.1.2.3", 5)}, nothing, nothing))  # type: ignore[arg-type, typeddict-item]
    assert seen == [("10.1.2.3", "203.0.113.9")]


def test_a_card_is_for_one_flow_and_once(install: Install, serve: Serve, authority: Any) -> None:
    """Who is led to show the card for another's flow opens nothing there, and nothing twice."""
    platform = install()
    web, provider = serve(platform), provider_of(platform)
    mine, theirs = begin(platform), begin(platform)
    shown = web.show(authority.card(), mine["nonce"]).headers["location"]
    card = {"card": parse_qs(urlsplit(shown).query)["card"][0]}
    assert isinstance(provider.advance(theirs, card), Failed)
    assert isinstance(provider.advance(mine, card), Failed)
    shown = web.show(authority.card(), mine["nonce"]).headers["location"]
    card = {"card": parse_qs(urlsplit(shown).query)["card"][0]}
    assert isinstance(provider.advance(mine, card), Identity)
    assert isinstance(provider.advance(mine, card), Failed)
    assert isinstance(provider.advance({}, {"card": "made up"}), Failed)


def test_nothing_of_the_person_is_in_the_address(install: Install, serve: Serve, authority: Any) -> None:
    """Only a word that means nothing."""
    platform = install()
    location = serve(platform).show(authority.card("199001012385"), "flow").headers["location"]
    assert "199001012385" not in location
    assert len(parse_qs(urlsplit(location).query)["card"][0]) == 43


def test_a_revoked_card_is_refused(install: Install, serve: Serve, authority: Any, tmp_path: Path) -> None:
    """With a list of the authority's revocation is checked, and noted."""
    crl = tmp_path / "list.crl"
    crl.write_bytes(authority.crl(77))
    platform = install(crl=[str(crl)])
    web = serve(platform)
    assert "spärrat" in through(platform, web, authority.card(serial=77)).text
    step = through(platform, web, authority.card(serial=78))
    assert step.attributes["evidence"].endswith("revocation:checked")
    crl.write_bytes(authority.crl(77, 78))
    assert through(platform, web, authority.card(serial=78)).status_code == 422


@pytest.mark.parametrize("fault", ["old", "forged", "another"])
def test_without_a_good_list_nobody_is_let_in(
    install: Install, serve: Serve, authority: Any, tmp_path: Path, fault: str
) -> None:
    """Where the settings ask for revocation to be checked, a list that is old, forged or another's is no list."""
    crl, other = tmp_path / "list.crl", type(authority)
    lists: dict[str, Callable[[], bytes]] = {
        "old": lambda: authority.crl(days=-1),
        "forged": lambda: authority.crl(key=other().key),
        "another": lambda: other(name="Someone CA").crl(),
    }
    crl.write_bytes(lists[fault]())
    platform = install(crl=[str(crl)])
    assert through(platform, serve(platform), authority.card()).status_code == 422


def test_health_says_what_is_checked(install: Install, authority: Any, tmp_path: Path) -> None:
    """No proxy, no list, an old list, and all well."""
    crl = tmp_path / "list.crl"
    crl.write_bytes(authority.crl())
    old = tmp_path / "old.crl"
    old.write_bytes(authority.crl(days=-1))

    def said(platform: Platform) -> tuple[bool, str]:
        (answer,) = provider_of(platform).health()
        return answer.ok, str(answer)

    assert said(install(proxies=())) == (False, "SITHS-kort går inte att använda: ingen proxy frågar efter kortet.")
    assert said(install()) == (False, "SITHS-kort: spärrade kort känns inte igen här.")
    assert said(install(crl=[str(old)]))[0] is False
    assert "old.crl" in said(install(crl=[str(old)]))[1]
    assert said(install(crl=[str(crl)])) == (True, "SITHS-kort: spärrlistorna gäller.")


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://kort.budkavle.example/plugin/eid/siths/siths_card"},
        {"url": "https://kort.budkavle.example/plugin/eid/siths/other"},
        {"authorities": ["/nowhere.pem"]},
        {"crl": ["/nowhere.crl"]},
    ],
)
def test_settings_that_cannot_work_are_said_at_the_start(install: Install, settings: dict[str, Any]) -> None:
    """Not when the first card is shown."""
    with pytest.raises(Misconfigured):
        install(**settings)
