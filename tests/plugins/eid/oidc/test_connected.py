"""A provider of OpenID Connect that is connected on the page: saved, tried, switched on, changed and taken away."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Loa, Platform, Redirect, Role
from budkavle.accounts import create_organisation, create_user, users
from budkavle.identification import NewIdentity, link_identity, outcome, providers, sessions
from budkavle.model.people import User
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.app import create_app
from budkavle_eid.connections.store import Connections

BASE, PATH = "http://127.0.0.1:8420", "/plugin/eid/connections"
FORM = {
    "name": "op",
    "label": "Kommunens inloggning",
    "organisations": "",
    "audiences": "staff",
    "loa": "3",
    "preset": "oidc_sweden",
    "client_id": "plattform",
    "client_auth": "client_secret_basic",
    "client_secret": "hemlig-hemlig-hemlig-hemlig-1234",
    "client_key_id": "",
    "level_missing": "0",
    "level_claim": "",
    "levels": "",
    "personnummer": "1",
}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("eid",), base_url=BASE)


class SignedIn:
    """A browser that keeps its cookies and follows where it is led, as a trial needs."""

    def __init__(self, platform: Platform, user: User) -> None:
        self._client = TestClient(app=create_app(platform), base_url=BASE)
        self._client.headers["sec-fetch-site"] = "same-origin"
        # At level 3, which changing how people sign in takes as soon as some way reaches it.
        cookie = sessions.start(platform, outcome.SignedIn(user, Loa.THREE, "test", "/"))
        self._client.cookies.set("budkavle", cookie)
        self._csrf = sessions.find(platform, cookie).csrf

    def get(self, path: str, **more: Any) -> Any:
        return self._client.get(path, **more)

    def post(self, path: str, fields: dict[str, str] | None = None) -> Any:
        return self._client.post(path, data={"csrf": self._csrf, **(fields or {})})


@pytest.fixture
def installer(organisation: SampleOrganisation, administrator: SampleUser) -> Any:
    """The browser of an administrator of the installation."""
    platform = organisation.platform
    in_work(platform, system_actor(organisation.id), users.update_user, administrator.id, role=Role.PLATFORM)
    return SignedIn(platform, replace(administrator, role=Role.PLATFORM).user)


@pytest.fixture
def stranger(platform: Platform) -> Iterator[TestClient[Any]]:
    """The browser of somebody who is not signed in, and has an account under a personnummer."""
    organisation = create_organisation(platform, system_actor(), "Habo kommun")
    system = system_actor(organisation.id)
    anna = in_work(platform, system, create_user, email="anna@habo.example", name="Anna Test")
    in_work(platform, system, link_identity, NewIdentity("personnummer", "199001012385", "Nummer"), user_id=anna.id)
    with TestClient(app=create_app(platform), base_url=BASE) as client:
        yield client


def connect(installer: Any, op: Any, **changes: str) -> Any:
    return installer.post(f"{PATH}/new?kind=oidc", {**FORM, "issuer": op.url, **changes})


def try_it(installer: Any, op: Any) -> Any:
    step = installer.post(f"{PATH}/op/try")
    redirect = Redirect(unescape(step.text.split('content="0;url=')[1].split('"')[0]))
    return installer.get("/sign-in/back/op", params=op.sign_in(redirect))


@pytest.mark.feature("N5")
def test_a_way_is_connected_tried_and_switched_on(
    op: Any, installer: Any, stranger: TestClient[Any], platform: Platform
) -> None:
    """Nobody signs in by it before it has been tried; the trial signs nobody in."""
    assert connect(installer, op).status_code == 200
    assert "op" not in providers.providers(platform)
    assert "Kommunens inloggning" not in stranger.get("/sign-in").text
    too_early = installer.post(f"{PATH}/op/on")
    assert "inte provad" in too_early.text
    page = try_it(installer, op)
    assert "Provet gick bra" in page.text
    assert "Anna Test" in page.text
    assert "199001012385" not in page.text
    assert installer.get("/account").status_code == 200  # still the administrator
    assert "är på" in installer.post(f"{PATH}/op/on").text
    assert "Kommunens inloggning" in stranger.get("/sign-in").text
    begun = stranger.post("/sign-in/begin", data={"way": "op"}, headers={"sec-fetch-site": "same-origin"})
    redirect = Redirect(unescape(begun.text.split('content="0;url=')[1].split('"')[0]))
    answer = stranger.get("/sign-in/back/op", params=op.sign_in(redirect), follow_redirects=False)
    assert answer.status_code == 303
    assert "Anna Test" in stranger.get("/account").text


@pytest.mark.feature("N5")
def test_a_change_waits_for_its_own_trial(op: Any, installer: Any, platform: Platform) -> None:
    """What is on stays as it was; its secret is kept where the field is left empty, and never shown."""
    connect(installer, op)
    try_it(installer, op)
    installer.post(f"{PATH}/op/on")
    before = providers.providers(platform)["op"]
    changed = {**FORM, "issuer": op.url, "label": "Ny text", "client_secret": ""}
    page = installer.post(f"{PATH}/op", changed)
    assert "gäller inte än" in page.text
    assert FORM["client_secret"] not in page.text
    assert providers.providers(platform)["op"].label == before.label
    assert "Provet gick bra" in try_it(installer, op).text  # with the secret of before
    installer.post(f"{PATH}/op/on")
    assert providers.providers(platform)["op"].label == "Ny text"
    assert "är av" in installer.post(f"{PATH}/op/off").text
    assert "op" not in providers.providers(platform)
    assert "borttagen" in installer.post(f"{PATH}/op/remove").text
    assert installer.get(f"{PATH}/op").status_code == 404


def test_a_trial_of_what_has_been_changed_since_counts_for_nothing(op: Any, installer: Any, platform: Platform) -> None:
    """Another process saves while somebody tries: its draft has not been tried."""
    connect(installer, op)
    step = installer.post(f"{PATH}/op/try")
    redirect = Redirect(unescape(step.text.split('content="0;url=')[1].split('"')[0]))
    elsewhere = Connections(platform.plugins.host("eid"))
    elsewhere.save("op", "oidc", {**elsewhere.find("op").values, "label": "Ändrad"})
    assert "Provet gick bra" not in installer.get("/sign-in/back/op", params=op.sign_in(redirect)).text
    assert "inte provad" in installer.post(f"{PATH}/op/on").text


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"name": "Stora Bokstäver"}, "kortnamn"),
    ({"name": "password"}, "upptaget"),
    ({"label": ""}, "vad det ska stå"),
    ({"organisations": "finnsinte"}, "finnsinte"),
    ({"issuer": "http://idp.example"}, "https"),
    ({"client_secret": ""}, "client_secret saknas"),
    ({"levels": "utan nivå"}, "likhetstecken"),
    ({"preset": "annat"}, "alternativen"),
]


def test_what_is_wrong_is_told_and_nothing_is_kept(op: Any, installer: Any) -> None:
    for changes, sentence in FAULTS:
        answer = connect(installer, op, **changes)
        assert answer.status_code == 422, changes
        assert sentence in unescape(re.sub(r"<[^>]+>", "", answer.text)), changes
        assert "Inget inloggningssätt är anslutet" in installer.get(PATH).text, changes


def test_only_the_installations_administrators_connect(
    op: Any, installer: Any, colleague: SampleUser, other_administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """Neither an organisation's administrator nor a user sees the pages or does anything on them."""
    connect(installer, op)
    for person in (colleague, other_administrator):
        browser = browse(person)
        for path in (PATH, f"{PATH}/new", f"{PATH}/op"):
            assert browser.get(path).status_code == 403
        for path in (f"{PATH}/new", f"{PATH}/op", *(f"{PATH}/op/{step}" for step in ("try", "on", "off", "remove"))):
            assert browser.post(path, **FORM, issuer=op.url).status_code == 403
    assert installer.get(f"{PATH}/op").status_code == 200


def test_what_is_stored_is_sealed(op: Any, installer: Any, platform: Platform) -> None:
    connect(installer, op)
    from sqlalchemy import text

    with platform.plugins.host("eid").transaction(None) as connection:
        rows = connection.execute(text("SELECT draft FROM eid_connections")).scalars().all()
    assert rows
    assert all(FORM["client_secret"].encode() not in bytes(row) for row in rows)
