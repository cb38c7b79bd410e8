"""Passkeys: made, used, and everything that must not be let in."""

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.docs.api_fields import check_fields
from webauthn.helpers import bytes_to_base64url

from budkavle import Failed, Identity, Loa, Platform, Redirect, UserActor
from budkavle.identification import NewIdentity, link_identity
from budkavle.model.errors import Misconfigured
from budkavle.model.people import User
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.passkey.provider import PAGE, PasskeyProvider

SITE = "https://budkavle.example"


class TestContract(IdentityProviderContract):
    """The core's own contract."""

    @pytest.fixture
    def provider(self, platform: Platform) -> IdentityProvider:
        """The provider as the plugin registers it."""
        return platform.plugins.identity_providers["passkey"]

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """A passkey is to be made for an account."""
        return {"language": "sv", "return_url": f"{SITE}/sign-in/back/passkey", "account": str(uuid4()), "link": "1"}

    @pytest.fixture
    def answers(self, provider: IdentityProvider, authenticator: Any) -> Any:
        """What the browser posts from our own page."""

        def bring(sent: Redirect) -> dict[str, str]:
            return {"credential": authenticator.make(sent.state["challenge"], UUID(sent.state["account"]))}

        return (bring,)


@pytest.fixture
def provider(platform: Platform) -> PasskeyProvider:
    """The provider as the plugin registers it."""
    found = platform.plugins.identity_providers["passkey"]
    assert isinstance(found, PasskeyProvider)
    return found


def begin(provider: PasskeyProvider, **hints: str) -> Mapping[str, str]:
    step = provider.start(Loa.TWO, {"return_url": f"{SITE}/sign-in/back/passkey", **hints})
    assert isinstance(step, Redirect)
    assert step.url.startswith("/plugin/eid/passkey/passkey/")
    return step.state


@pytest.fixture
def enrol(provider: PasskeyProvider, platform: Platform) -> Callable[..., Identity]:
    """Make a passkey and link it, as the core does at the end of the flow."""

    def go(authenticator: Any, user: User, **hints: str) -> Identity:
        state = begin(provider, account=str(user.id), link="1", **hints)
        made = provider.advance(state, {"credential": authenticator.make(state["challenge"], user.id)})
        assert isinstance(made, Identity), made
        actor = UserActor(user.organisation_id, user.id, user.name)
        secret = made.attributes["secret"].encode()
        in_work(platform, actor, link_identity, NewIdentity("passkey", made.subject, "Annas telefon", secret))
        return made

    return go


def use(provider: PasskeyProvider, authenticator: Any, **more: Any) -> Any:
    state = begin(provider)
    return provider.advance(state, {"credential": authenticator.use(state["challenge"], **more)})


def refused(step: object, word: str = "") -> None:
    assert isinstance(step, Failed), step
    assert not step.retry
    assert word in step.message


@pytest.mark.feature("U5")
def test_a_passkey_is_made_and_then_opens_the_account(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Making it shows no more than level 1; using it is level 2; what is kept is the public key, a counter, a level."""
    made = enrol(authenticator, people[0])
    assert made.loa is Loa.ONE
    assert set(json.loads(made.attributes["secret"])) == {"key", "count", "loa", "id"}
    for _ in range(2):
        step = use(provider, authenticator)
        assert isinstance(step, Identity), step
        assert (step.provider, step.subject, step.loa) == ("passkey", made.subject, Loa.TWO)


def test_the_level_is_not_above_the_one_at_which_it_was_made(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Who was only at level 1 when the passkey was made does not rise by it."""
    enrol(authenticator, people[0], loa="1")
    assert use(provider, authenticator).loa is Loa.ONE


def test_a_device_that_does_not_count_is_let_in(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Passkeys that are shared between a person's devices say 0 for ever."""
    authenticator.count = None
    enrol(authenticator, people[0])
    assert isinstance(use(provider, authenticator), Identity)
    assert isinstance(use(provider, authenticator), Identity)


def test_a_counter_that_went_back_is_refused(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Somebody has a copy: both are told to get a new one, and the count that is kept stays."""
    enrol(authenticator, people[0])
    assert isinstance(use(provider, authenticator), Identity)
    authenticator.count = 0
    refused(use(provider, authenticator), "två ställen")
    assert isinstance(use(provider, authenticator), Identity)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin", "https://budkavle.example.evil.example"),
        ("origin", "http://budkavle.example"),
        ("origin", "https://budkavle.example:8443"),
        ("rp_id", "evil.example"),
        ("verified", False),
        ("cross_origin", True),
        ("handle", b"somebody else   "),
        ("handle", b""),
        ("id", b"another credential of the device"),
    ],
)
def test_what_is_not_right_is_refused(
    provider: PasskeyProvider,
    authenticator: Any,
    people: tuple[User, User],
    enrol: Callable[..., Identity],
    field: str,
    value: object,
) -> None:
    """Another site's page (phishing), a person who was not verified, a frame, another account, another passkey."""
    enrol(authenticator, people[0])
    setattr(authenticator, field, value)
    refused(use(provider, authenticator))


@pytest.mark.parametrize("field", ["origin", "rp_id", "verified", "cross_origin"])
def test_what_is_not_right_is_not_made(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], field: str
) -> None:
    """The same holds when a passkey is made."""
    values: dict[str, Any] = {
        "origin": "https://evil.example",
        "rp_id": "evil.example",
        "verified": False,
        "cross_origin": True,
    }
    setattr(authenticator, field, values[field])
    state = begin(provider, account=str(people[0].id), link="1")
    refused(provider.advance(state, {"credential": authenticator.make(state["challenge"], people[0].id)}))


def test_an_answer_to_another_challenge_is_refused(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Replay, another flow's answer, and an answer of the wrong kind."""
    enrol(authenticator, people[0])
    mine, theirs = begin(provider), begin(provider)
    answer = {"credential": authenticator.use(theirs["challenge"])}
    refused(provider.advance(mine, answer))
    assert isinstance(provider.advance(theirs, answer), Identity)
    refused(provider.advance(theirs, answer))
    refused(use(provider, authenticator, kind="webauthn.create"))
    state = begin(provider, account=str(people[0].id), link="1")
    refused(provider.advance(state, {"credential": authenticator.use(state["challenge"])}))


def test_a_forged_signature_is_refused(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Another key under the same identifier, and a signature of something else."""
    enrol(authenticator, people[0])
    own, other = authenticator.key, type(authenticator)().key
    authenticator.key = other
    refused(use(provider, authenticator))
    authenticator.key = own
    refused(use(provider, authenticator, signature="MEUCIQ"))
    assert isinstance(use(provider, authenticator), Identity)


def test_nobody_takes_over_anothers_passkey(
    provider: PasskeyProvider, authenticator: Any, people: tuple[User, User], enrol: Callable[..., Identity]
) -> None:
    """Olle makes a passkey that bears the identifier of Anna's: it opens his account and never hers, and hers stays."""
    anna, olle = people
    hers = enrol(authenticator, anna)
    his_device = type(authenticator)(id=authenticator.id)
    his = enrol(his_device, olle)
    assert his.subject != hers.subject
    assert use(provider, authenticator).subject == hers.subject
    assert use(provider, his_device).subject == his.subject
    his_device.handle = anna.id.bytes
    refused(use(provider, his_device))


NONSENSE: list[str] = [
    "",
    "{}",
    "[]",
    "null",
    '{"id": 1}',
    "é",
    "x" * 30_000,
    '{"id":"a","response":{}}',
    "[" * 15_000,
    '{"a":' * 3_000,
]


def test_nonsense_is_refused(provider: PasskeyProvider) -> None:
    """Anything may be posted."""
    for nonsense in NONSENSE:
        assert isinstance(provider.advance(begin(provider), {"credential": nonsense}), Failed), nonsense
        assert isinstance(provider.advance({}, {"credential": nonsense}), Failed), nonsense


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8420", "http://budkavle.example", "http://[::1]:8420"])
def test_an_address_that_cannot_have_passkeys_is_said(budkavle_open: Callable[..., Platform], base_url: str) -> None:
    """A number is no site, and without https no browser gives one."""
    platform = budkavle_open(enabled=("eid",), base_url=base_url, plugins={"eid": {"passkey": [{}]}})
    provider = platform.plugins.identity_providers["passkey"]
    assert isinstance(provider, PasskeyProvider)
    with pytest.raises(Misconfigured):
        _ = provider.rp_id
    (check,) = [one for name, one in platform.plugins.health_checks.items() if name.endswith("standards")]
    answers: Any = check.check(None)
    assert [answer.ok for answer in answers] == [False]


@pytest.mark.parametrize(("address", "heading"), [("use", "Sign in with a passkey"), ("new", "New passkey")])
def test_a_browser_is_told_no_more_than_it_needs(
    browse: Callable[..., Any], case_worker: SampleUser, authenticator: Any, enrol: Any, address: str, heading: str
) -> None:
    """The options that stand in the page for its script; of other passkeys and other people there is nothing."""
    enrol(authenticator, case_worker.user)
    check_fields(heading, options_for(browse(case_worker), address))


def options_for(browser: Any, address: str = "new") -> dict[str, Any]:
    """Return what a page of the flow says to the browser."""
    page = browser.get(f"{PAGE}/passkey/{address}?challenge={'A' * 43}").text
    options = re.search(r'data-options="([^"]+)"', page)
    assert options
    found: dict[str, Any] = json.loads(unescape(options[1]))
    return found


def test_a_device_is_told_of_the_passkeys_that_the_account_has(
    browse: Callable[..., Any], case_worker: SampleUser, administrator: SampleUser, authenticator: Any, enrol: Any
) -> None:
    """Its own and nobody else's, so that a device that has one makes no other."""
    browser = browse(case_worker)
    assert options_for(browser)["excludeCredentials"] == []
    enrol(authenticator, case_worker.user)
    own_id = bytes_to_base64url(authenticator.id)
    assert options_for(browser)["excludeCredentials"] == [{"id": own_id, "type": "public-key"}]
    assert options_for(browse(administrator))["excludeCredentials"] == []
