"""Signing in: the flow, the password, the limits, and the session that comes of it."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from budkavle.accounts import passwords, users
from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification import flow, identities, providers, sessions
from budkavle.model.errors import BudkavleError, Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, NewIdentity
from budkavle.plugins.protocols.identity_provider import Failed, ProviderTraits, Redirect
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http.forms import Form, Stale, check_token

PASSWORD = "en lång mening om vintern"


class Elsewhere:
    """A provider that redirects and answers with what the test wants."""

    name, label, icon, traits = "elsewhere", "Annan", "key", ProviderTraits(Loa.TWO)

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.cancelled: list[Mapping[str, str]] = []

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Redirect:
        return Redirect("https://idp.example/", {"nonce": "hemlig"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Identity | Failed:
        assert state == {"nonce": "hemlig"}
        return self.identity if answers.get("code") else Failed("Inte nu.")

    def cancel(self, state: Mapping[str, str]) -> None:
        self.cancelled.append(state)


@pytest.fixture
def person(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> Any:
    """Ada with a password."""
    in_work(platform, system_actor(organisation.id), users.set_password, case_worker.user_id, PASSWORD)
    return in_work(platform, administrator, users.user, case_worker.user_id)


def _try(organisation: SampleOrganisation, email: str, password: str, ip: str = "192.0.2.1") -> flow.Turn:
    turn = flow.begin(organisation.platform, "password", "browser", hints={"ip": ip}, return_to="/mailbox")
    return flow.advance(organisation.platform, turn.flow, "browser", {"email": email, "password": password})


def _signed_in(organisation: SampleOrganisation, email: str) -> flow.SignedIn:
    turn = _try(organisation, email, PASSWORD)
    assert turn.signed_in is not None
    return turn.signed_in


def test_a_flow_belongs_to_its_browser_and_is_used_once(
    platform: Platform, organisation: SampleOrganisation, person: Any
) -> None:
    """Another browser cannot go on with a flow, and nobody can a second time."""
    answers = {"email": person.email, "password": PASSWORD}
    turn = flow.begin(platform, "password", "mine")
    with pytest.raises(NotFound):
        flow.advance(platform, turn.flow, "theirs", answers)
    assert flow.advance(platform, turn.flow, "mine", answers).signed_in
    with pytest.raises(NotFound):
        flow.advance(platform, turn.flow, "mine", answers)


def test_a_flow_ends_after_ten_minutes(platform: Platform, organisation: SampleOrganisation, person: Any) -> None:
    """A late answer is too late, and what is over is swept away."""
    turn = flow.begin(platform, "password", "mine")
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE flows SET expires_at = now() - interval '1 second'"))
    with pytest.raises(NotFound, match="Börja om"):
        flow.advance(platform, turn.flow, "mine", {"email": person.email, "password": PASSWORD})
    assert flow.sweep(platform) == 1


def test_what_a_flow_knows_is_sealed(platform: Platform, organisation: SampleOrganisation) -> None:
    """Neither the state nor the flow's own word stand readable in the table."""
    turn = flow.begin(platform, "password", "mine", hints={"email": "kanariefågel@exempel.se"})
    with platform.database.transaction(None) as connection:
        row = connection.execute(select(tables.flows)).one()
    kept = row.state + row.hash + row.browser
    assert b"kanarie" not in kept
    assert turn.flow.encode() not in kept


def test_the_core_caps_what_a_provider_claims(
    organisation: SampleOrganisation, colleague: SampleUser, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that may give level 2 and claims 3 gives 2; what is less than wanted does not do."""
    identity = Identity("elsewhere", "s", Loa.THREE, {"email": _email(organisation, colleague)})
    in_work(
        organisation.platform,
        replace(case_worker, loa=Loa.THREE),
        identities.link,
        NewIdentity("elsewhere", "s", "Annan"),
    )
    provider = Elsewhere(identity)
    monkeypatch.setattr(providers, "providers", lambda platform: {"elsewhere": provider})
    turn = flow.begin(organisation.platform, "elsewhere", "b", wanted=Loa.TWO)
    assert isinstance(turn.step, Redirect)
    assert isinstance(flow.advance(organisation.platform, turn.flow, "b", {}).step, Failed)
    done = flow.advance(organisation.platform, turn.flow, "b", {"code": "x"}).signed_in
    assert done is not None
    assert (done.user.id, done.loa) == (case_worker.user_id, Loa.TWO)
    with pytest.raises(Invalid):
        flow.begin(organisation.platform, "elsewhere", "b", wanted=Loa.THREE)
    provider.identity = Identity("elsewhere", "s", Loa.ONE, identity.attributes)
    turn = flow.begin(organisation.platform, "elsewhere", "b", wanted=Loa.TWO)
    assert isinstance(flow.advance(organisation.platform, turn.flow, "b", {"code": "x"}).step, Failed)
    turn = flow.begin(organisation.platform, "elsewhere", "b", actor=colleague)
    assert flow.advance(organisation.platform, turn.flow, "b", {"code": "x"}).signed_in is None
    turn = flow.begin(organisation.platform, "elsewhere", "b")
    flow.cancel(organisation.platform, turn.flow, "b")
    flow.cancel(organisation.platform, turn.flow, "b")
    assert provider.cancelled == [{"nonce": "hemlig"}]


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("method", ["start", "advance"])
@pytest.mark.parametrize("fault", ["hangs", "exits"])
def test_a_way_that_hangs_or_exits_is_told_and_lets_nobody_in(
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    fault: str,
) -> None:
    """Nobody waits longer than a while; the late answer of a step is nobody's way in, and the other ways work."""
    monkeypatch.setattr(flow, "PATIENCE", 0.1)
    identity = Identity("elsewhere", "s", Loa.TWO, {"email": _email(organisation, colleague)})
    in_work(
        organisation.platform,
        replace(case_worker, loa=Loa.THREE),
        identities.link,
        NewIdentity("elsewhere", "s", "Annan"),
    )
    provider, go = Elsewhere(identity), threading.Event()

    def fail(*_: object) -> Identity:
        if fault == "exits":
            raise SystemExit(3)
        go.wait(60)
        return identity

    monkeypatch.setattr(providers, "providers", lambda platform: {"elsewhere": provider})
    turn = flow.begin(organisation.platform, "elsewhere", "b") if method == "advance" else None
    monkeypatch.setattr(provider, method, fail)
    if turn is None:
        turn = flow.begin(organisation.platform, "elsewhere", "b")
    else:
        turn = flow.advance(organisation.platform, turn.flow, "b", {"code": "x"})
    go.set()
    assert isinstance(turn.step, Failed)
    assert "Det gick inte att få svar från Annan" in turn.step.message
    assert turn.signed_in is None


def test_an_unknown_way_is_not_found(platform: Platform, organisation: SampleOrganisation) -> None:
    """A provider that is not on is not found."""
    with pytest.raises(NotFound):
        flow.begin(platform, "bankid", "b")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a?b=c", "/a?b=c"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\t/evil.example", "/"),
        ("//[", "/"),
        ("/[", "/["),
    ],
)
def test_the_way_back_stays_here(target: str, path: str) -> None:
    """Nothing but a path of ours is a way back."""
    assert flow.safe_path(target) == path


def test_passwords_have_one_rule(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    person: Any,
) -> None:
    """Short, repeated and enormous passwords are refused at their field; one's own needs the old one."""
    for bad in ("kort", "a" * 12, "x" * 5000):
        with pytest.raises(Invalid) as caught:
            in_work(platform, system_actor(organisation.id), users.set_password, person.id, bad)
        assert "password" in caught.value.fields
    with pytest.raises(Invalid) as caught:
        in_work(platform, case_worker, users.set_password, person.id, "ett nytt långt lösenord", old="fel")
    assert "old" in caught.value.fields
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    in_work(platform, case_worker, users.set_password, person.id, "ett nytt långt lösenord", old=PASSWORD)
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    for another in (colleague, administrator, other_administrator):
        with pytest.raises(Forbidden):
            in_work(platform, another, users.set_password, person.id, PASSWORD)
    assert passwords.hashed(PASSWORD).startswith("$argon2id$")


def test_a_session_is_known_by_its_cookie_alone(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, person: Any
) -> None:
    """The cookie gives the actor; anything else gives nobody."""
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    found = sessions.find(platform, cookie)
    assert (found.actor.user_id, found.loa, found.organisation.id) == (person.id, Loa.TWO, organisation.id)
    home, secret = cookie.split(".")
    for wrong in (
        None,
        "",
        "x",
        cookie[:-1],
        f"{uuid4()}.{secret}",
        f"{other_administrator.organisation_id}.{secret}",
        home,
    ):
        with pytest.raises(NotSignedIn):
            sessions.find(platform, wrong)
    with platform.database.transaction(organisation.id) as connection:
        assert secret.encode() not in connection.execute(select(tables.sessions.c.hash)).scalar_one()


def test_no_session_can_be_planted(platform: Platform, organisation: SampleOrganisation, person: Any) -> None:
    """Signing in always gives a new cookie and ends the one that the browser came with."""
    planted = f"{organisation.id}.planted"
    first = sessions.start(platform, _signed_in(organisation, person.email), planted)
    second = sessions.start(platform, _signed_in(organisation, person.email), first)
    assert len({planted, first, second}) == 3
    for old in (planted, first):
        with pytest.raises(NotSignedIn):
            sessions.find(platform, old)
    assert sessions.find(platform, second).csrf != ""


def test_a_token_fits_its_own_session_only(platform: Platform, organisation: SampleOrganisation, person: Any) -> None:
    """The token of one session does not open another, and the cookie is not in it."""
    one, other = (
        sessions.find(platform, sessions.start(platform, _signed_in(organisation, person.email))) for _ in "ab"
    )
    check_token(Form({"csrf": [one.csrf]}), one.csrf, None)
    for wrong in (other.csrf, "", "å"):
        with pytest.raises(Stale):
            check_token(Form({"csrf": [wrong]}), one.csrf, None)


@pytest.mark.feature("O5", "O6")
@pytest.mark.parametrize(("column", "minutes"), [("seen_at", 61), ("created_at", 12 * 60 + 1)])
def test_a_session_ends_idle_and_old(
    platform: Platform, organisation: SampleOrganisation, person: Any, column: str, minutes: int
) -> None:
    """It ends when nothing has happened for too long, and when it is too old whatever happens."""
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    with platform.database.transaction(organisation.id) as connection:
        age = text(f"{column} - make_interval(mins => {minutes})")
        connection.execute(update(tables.sessions).values({column: age}))
    with pytest.raises(NotSignedIn, match="loggats ut"):
        sessions.find(platform, cookie)


@pytest.mark.feature("O5", "O6")
@pytest.mark.parametrize(("column", "setting"), [("seen_at", "idle"), ("created_at", "absolute")])
@pytest.mark.parametrize(("own", "age", "lives"), [(20, 19, True), (20, 21, False), (1000, 999, True)])
def test_the_organisations_own_times_count(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    person: Any,
    column: str,
    setting: str,
    own: int,
    age: int,
    lives: bool,
) -> None:
    """Shorter or longer than the installation's, for open sessions too, and for the sweep that forgets them."""
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    longest = {"session_idle_minutes": 1440, "session_absolute_minutes": 1440}
    in_work(
        platform,
        administrator,
        write_settings,
        SignOutSettings,
        longest | {f"session_{setting}_minutes": own},
    )
    with platform.database.transaction(organisation.id) as connection:
        aged = text(f"{column} - make_interval(mins => {age})")
        connection.execute(update(tables.sessions).values({column: aged}))
    if lives:
        assert sessions.sweep(platform) == 0
        assert sessions.find(platform, cookie).actor.user_id == person.id
    else:
        with pytest.raises(NotSignedIn, match="loggats ut"):
            sessions.find(platform, cookie)


@pytest.mark.feature("O5", "O6")
@pytest.mark.parametrize(("column", "setting"), [("seen_at", "idle"), ("created_at", "absolute")])
def test_sessions_past_the_organisations_own_times_are_forgotten(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    person: Any,
    column: str,
    setting: str,
) -> None:
    """The sweep goes by the organisation's times, as asking does."""
    sessions.start(platform, _signed_in(organisation, person.email))
    in_work(platform, administrator, write_settings, SignOutSettings, {f"session_{setting}_minutes": 20})
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.sessions).values({column: text(f"{column} - make_interval(mins => 21)")}))
    assert sessions.sweep(platform) == 1


def test_signing_out(platform: Platform, organisation: SampleOrganisation, person: Any) -> None:
    """A session that was ended is gone, and ending it again is no error."""
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    for _ in range(2):
        sessions.end(platform, cookie)
    sessions.end(platform, None)
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    assert len(organisation.log_entries("user.signed-out")) == 1


def test_the_kinds_of_error_are_ours() -> None:
    """Whoever shows these errors can show them all alike."""
    assert all(issubclass(kind, BudkavleError) for kind in (NotSignedIn, NotFound, Invalid, Conflict))


def _email(organisation: SampleOrganisation, actor: Any) -> str:
    return str(in_work(organisation.platform, organisation.administrator, users.user, actor.user_id).email)


@pytest.mark.feature("U5", "O2")
def test_a_way_that_is_taken_away_lets_nobody_stay(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, person: Any
) -> None:
    """Whoever has found the phone is signed out when an administrator takes its way away, as when its owner does."""
    theirs = in_work(platform, administrator, users.user, person.id).acting()
    identity_id = in_work(platform, theirs, identities.link, NewIdentity("bankid", "subject", "Telefon"))
    cookie = sessions.start(platform, _signed_in(organisation, person.email))
    in_work(platform, administrator, identities.unlink, identity_id, user_id=person.id)
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
