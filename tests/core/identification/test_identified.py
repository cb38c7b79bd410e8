"""Whom an identification lets in: what a provider may say, whose account it opens, guests, and those who cheat."""

import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from budkavle.accounts import organisations, users
from budkavle.identification import (
    account_methods,
    administration,
    flow_store,
    guest_sessions,
    identities,
    providers,
    sessions,
)
from budkavle.identification import (
    flow as sign_in,
)
from budkavle.identification.flow import GuestOf, Turn
from budkavle.identification.identities import PERSONNUMMER
from budkavle.model.errors import (
    BudkavleError,
    Conflict,
    Invalid,
    Misconfigured,
    NotFound,
    NotSignedIn,
    StepUp,
    Temporary,
)
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, Identity, NewIdentity, UserActor
from budkavle.plugins.protocols.identity_provider import Failed, Field, Poll, Prompt, ProviderTraits, Redirect, Step
from budkavle.storage import tables
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PASSWORD = "en lång mening om vintern"

ANNA, BERIT = "199001012385", "198108222384"


SURE = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)
LESS_SURE = replace(SURE, max_loa=Loa.TWO, asserts_personnummer=False)


@dataclass
class Peer:
    """A provider that redirects, and believes whatever code it has given out for a flow of its own.

    Attributes:
        codes: Who comes back with which code.
        given: The hints of each flow, in order.
    """

    name: str = "peer"
    label: str = "Svensk e-legitimation"
    icon: str = "shield"
    traits: ProviderTraits = SURE
    codes: dict[str, Identity] = field(default_factory=dict)
    given: list[Mapping[str, str]] = field(default_factory=list)
    cancelled: list[Mapping[str, str]] = field(default_factory=list)
    raises: Exception | None = None

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        self.given.append(hints)
        if self.raises:
            raise self.raises
        return Redirect("https://peer.example/", {"nonce": str(uuid4())})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        if self.raises:
            raise self.raises
        if "tick" in answers:
            return Poll("Öppna appen.", state=state)
        found = self.codes.get(answers.get("code", ""))
        return found if found and "nonce" in state else Failed("Koden gäller inte.")

    def cancel(self, state: Mapping[str, str]) -> None:
        self.cancelled.append(state)

    def knows(self, code: str, loa: Any = Loa.THREE, **attributes: str) -> None:
        """Let somebody come back with this code."""
        self.codes[code] = Identity(self.name, f"subject of {code}", loa, {"evidence": f"sha256:{code}", **attributes})


@dataclass
class Asking(Peer):
    """A provider that asks for a code of six digits."""

    name: str = "asking"
    traits: ProviderTraits = LESS_SURE

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return Prompt((Field("code", "Kod"),), state={"nonce": "n"})


@pytest.fixture
def peer(organisation: SampleOrganisation, colleague: SampleUser, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The provider, beside another and the password."""
    own = providers.providers
    made = Peer()
    others = {"peer": made, "other": Peer("other", "Annan legitimation"), "asking": Asking()}
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **others})
    made.knows("anna", name="Anna Testlind", personnummer=ANNA, email=_email(organisation, colleague))
    made.knows("berit", name="Berit", personnummer=BERIT)
    return made


@pytest.fixture
def anna(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> Any:
    """Ada's account, which has Anna's number."""
    in_work(
        platform,
        system_actor(organisation.id),
        administration.set_personnummer,
        case_worker.user_id,
        "19900101-2385",
    )
    return in_work(platform, administrator, users.user, case_worker.user_id)


def go(organisation: SampleOrganisation, code: str, provider: str = "peer", browser: str = "b", **what: Any) -> Turn:
    """Begin, and come back from the peer with a code."""
    begun = sign_in.begin(organisation.platform, provider, browser, **what)
    return sign_in.advance(organisation.platform, begun.flow, browser, {"code": code}, provider=provider)


def refused(turn: Turn) -> str:
    """The sentence of a flow that let nobody in, and did so for good."""
    assert (turn.signed_in, turn.guest, turn.linked) == (None, None, None)
    assert isinstance(turn.step, Failed)
    return turn.step.message


# Whose account


@pytest.mark.feature("A9", "A10")
def test_a_number_opens_the_account_that_has_it(organisation: SampleOrganisation, peer: Peer, anna: Any) -> None:
    """A provider that may assert the number opens the account, at the level that it returned; the log says how."""
    done = go(organisation, "anna", return_to="/m/x").signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.provider, done.return_to) == (anna.id, Loa.THREE, "peer", "/m/x")
    entry = json.loads(organisation.log_entries("user.signed-in")[-1])
    assert (entry["facts"]["method"], entry["facts"]["evidence"]) == ("Svensk e-legitimation", "sha256:anna")
    assert "Det finns inget konto" in refused(go(organisation, "berit"))


def test_an_address_that_a_provider_names_opens_nothing(organisation: SampleOrganisation, peer: Peer) -> None:
    """The peer says Bo's address, and Bo's account stays closed to it."""
    assert "Det finns inget konto" in refused(go(organisation, "anna"))


def test_a_number_counts_only_from_those_who_may_assert_it(
    organisation: SampleOrganisation, peer: Peer, anna: Any
) -> None:
    """A provider that says the right number, without being believed, opens nothing and reads nothing."""
    peer.traits = replace(peer.traits, asserts_personnummer=False)
    assert "Det finns inget konto" in refused(go(organisation, "anna"))
    of = GuestOf(organisation.id, "link:1")
    assert "Du är inte den" in refused(go(organisation, "anna", guest=of, hints={"personnummer": ANNA}))


def test_somebody_with_several_accounts_chooses(
    platform: Platform,
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    colleague: SampleUser,
    peer: Peer,
    anna: Any,
) -> None:
    """One e-identification, two organisations: the person says which account; another's id is no answer."""
    in_work(
        platform,
        system_actor(other_administrator.organisation_id),
        administration.set_personnummer,
        other_administrator.user_id,
        ANNA,
    )
    turn = go(organisation, "anna")
    assert turn.signed_in is None
    assert set(turn.choices) == {str(anna.id), str(other_administrator.user_id)}
    assert any("Mullsjö" in name for name in turn.choices.values())
    for wrong in ("", str(colleague.user_id), "x"):
        again = sign_in.advance(platform, turn.flow, "b", {"choice": wrong})
        assert again.signed_in is None
        assert set(again.choices) == set(turn.choices)
    with pytest.raises(NotFound):
        sign_in.advance(platform, turn.flow, "other browser", {"choice": str(anna.id)})
    done = sign_in.advance(platform, turn.flow, "b", {"choice": str(other_administrator.user_id)}).signed_in
    assert done is not None
    assert done.user.organisation_id == other_administrator.organisation_id


@pytest.mark.parametrize(
    ("said", "ago"), [("", 0), ("in a while", 0), ("nan", 0), ("inf", 0), ("-1", 0), ("+60", 0), ("-7200", 7200)]
)
def test_an_earlier_sign_in_at_the_peer_makes_nobody_fresh(
    platform: Platform, organisation: SampleOrganisation, peer: Peer, anna: Any, said: str, ago: int
) -> None:
    """Single sign-on lets people in; but they showed who they are when the peer says so, and not now."""
    now = time.time()
    at = str(now + int(said)) if said[1:].isdigit() and said != "-1" else said
    peer.knows("sso", personnummer=ANNA, identified_at=at)
    signed_in = go(organisation, "sso").signed_in
    assert signed_in is not None
    found = sessions.find(platform, sessions.start(platform, signed_in))
    assert now - found.identified_at.timestamp() == pytest.approx(ago, abs=30)


def test_a_choice_among_accounts_makes_nobody_fresh(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, peer: Peer, anna: Any
) -> None:
    """The moment goes with what the peer has said."""
    in_work(
        platform,
        system_actor(other_administrator.organisation_id),
        administration.set_personnummer,
        other_administrator.user_id,
        ANNA,
    )
    peer.knows("sso", personnummer=ANNA, identified_at="1700000000")
    turn = go(organisation, "sso")
    done = sign_in.advance(platform, turn.flow, "b", {"choice": str(anna.id)}).signed_in
    assert done is not None
    assert done.identified_at == datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.feature("C2")
def test_an_organisation_chooses_the_ways(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, peer: Peer, anna: Any
) -> None:
    """A way that it has not chosen ends in a sentence that names the others; nobody closes themselves out."""
    root = administrator
    in_work(platform, system_actor(root.organisation_id), users.set_password, root.user_id, PASSWORD)
    in_work(platform, root, account_methods.choose, providers.STAFF, ["password", "other"])
    assert "Annan legitimation, E-post och lösenord" in refused(go(organisation, "anna"))
    with pytest.raises(Invalid, match="sparas") as caught:
        in_work(platform, root, account_methods.choose, providers.STAFF, ["other"])
    assert "stänger dig ute" in caught.value.fields["login_methods"]
    with pytest.raises(Invalid):
        in_work(platform, root, account_methods.choose, providers.STAFF, [])
    in_work(platform, root, account_methods.choose, providers.STAFF, ["password", "other", "peer", "asking"])
    assert in_work(platform, root, organisations.organisation).settings["login_methods"] == []
    assert go(organisation, "anna").signed_in is not None
    in_work(platform, root, account_methods.choose, providers.GUEST, ["other"])
    with pytest.raises(NotFound):
        sign_in.begin(platform, "peer", "b", guest=GuestOf(organisation.id, "link:1"))


# Adding a way, and a rise in level


@pytest.mark.feature("U5")
def test_a_way_is_added_to_ones_account(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, peer: Peer
) -> None:
    """The flow ends in a link; the number goes with it; nobody rises by what they add themselves."""
    turn = go(organisation, "anna", actor=_at(case_worker, Loa.TWO), link=True, return_to="/account/methods")
    assert turn.linked is not None
    assert turn.signed_in is None
    assert {one.provider for one in in_work(platform, case_worker, identities.linked)} == {"peer", PERSONNUMMER}
    assert go(organisation, "anna").signed_in is not None
    assert any(one.used_at for one in in_work(platform, case_worker, identities.linked))
    assert peer.given[0]["link"] == "1"
    assert peer.given[0]["account"] == str(case_worker.user_id)
    again = go(organisation, "anna", actor=_at(case_worker, Loa.THREE), link=True)
    assert (again.linked is not None, again.signed_in) == (True, None)
    assert len(in_work(platform, case_worker, identities.linked)) == 2


def test_nobody_adds_anothers_identification(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, peer: Peer, anna: Any
) -> None:
    """An account that has a number takes no way of another person's."""
    assert "någon annan än den som kontot hör till" in refused(
        go(organisation, "berit", actor=_at(case_worker, Loa.TWO), link=True)
    )
    assert not identities.accounts(platform, "peer", "subject of berit")


@pytest.mark.feature("Y10")
def test_a_rise_in_level_ends_in_the_same_person(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    peer: Peer,
    anna: Any,
) -> None:
    """Another's identification, or one that is not linked, raises nothing; the right one gives a new session."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, colleague.user_id, BERIT)
    ada = _at(case_worker, Loa.TWO)
    assert "någon annan än den som är inloggad" in refused(go(organisation, "berit", wanted=Loa.THREE, actor=ada))
    peer.knows("stranger")
    assert "inte kopplat" in refused(go(organisation, "stranger", wanted=Loa.THREE, actor=ada))
    turn = go(organisation, "anna", wanted=Loa.THREE, actor=ada)
    assert turn.signed_in is not None
    low = sessions.start(platform, sign_in.SignedIn(anna, Loa.TWO, "password", "/"))
    high = sessions.start(platform, turn.signed_in, low)
    assert high != low
    assert sessions.find(platform, high).loa is Loa.THREE
    with pytest.raises(NotSignedIn):
        sessions.find(platform, low)


def test_a_stolen_password_adds_and_removes_nothing(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, peer: Peer, anna: Any
) -> None:
    """Where the account has a surer way, changing how it is opened needs that one; the last way stays."""
    with pytest.raises(StepUp) as caught:
        in_work(platform, _at(case_worker, Loa.TWO), account_methods.require_strength)
    assert caught.value.wanted is Loa.THREE
    (number,) = in_work(platform, case_worker, identities.linked)
    with pytest.raises(StepUp):
        in_work(platform, _at(case_worker, Loa.TWO), account_methods.remove, number.id)
    sure = _at(case_worker, Loa.THREE)
    with pytest.raises(Conflict, match="enda sätt"):
        in_work(platform, sure, account_methods.remove, number.id)
    in_work(platform, system_actor(organisation.id), users.set_password, anna.id, PASSWORD)
    cookie = sessions.start(platform, sign_in.SignedIn(anna, Loa.THREE, "peer", "/"))
    in_work(platform, sure, account_methods.remove, number.id)
    assert in_work(platform, case_worker, identities.linked) == []
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    with pytest.raises(NotFound):
        in_work(platform, _at(case_worker, Loa.TWO), account_methods.remove, number.id)


def test_identities_of_another_organisation_are_not_found(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
    administrator: SampleUser,
    peer: Peer,
    anna: Any,
) -> None:
    """Neither its administrator nor a colleague reads, sets or removes them."""
    (number,) = in_work(platform, case_worker, identities.linked)
    for actor in (colleague, other_administrator):
        with pytest.raises(BudkavleError):
            in_work(platform, actor, administration.set_personnummer, anna.id, BERIT)
        with pytest.raises(NotFound):
            in_work(platform, actor, identities.unlink, number.id)
    assert [one.id for one in in_work(platform, administrator, identities.linked, anna.id)] == [number.id]
    with pytest.raises(Invalid) as caught:
        in_work(
            platform,
            system_actor(organisation.id),
            administration.set_personnummer,
            anna.id,
            "199001012386",
        )
    assert "personnummer" in caught.value.fields


def test_no_number_stands_readable(platform: Platform, organisation: SampleOrganisation, peer: Peer, anna: Any) -> None:
    """Neither in the identities, nor in flows, nor in the event log."""
    go(organisation, "anna", guest=GuestOf(organisation.id, "link:1"), hints={"personnummer": ANNA})
    chain_log(platform.database, organisation.id)
    with platform.database.transaction(organisation.id) as connection:
        kept = b"".join(row.subject_hash + row.label for row in connection.execute(select(tables.identities)))
        log = "".join(connection.execute(select(tables.audit_log.c.entry)).scalars())
    with platform.database.transaction(None) as connection:
        kept += b"".join(connection.execute(select(tables.flows.c.state)).scalars())
    assert ANNA[2:].encode() not in kept
    assert ANNA[2:] not in log


# Guests


@pytest.mark.feature("Q1", "A10")
def test_a_guest_reads_what_is_theirs(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, peer: Peer
) -> None:
    """The right person gets a session that opens one thing; it knows how they showed who they are."""
    of = GuestOf(organisation.id, "link:1")
    turn = go(organisation, "anna", guest=of, wanted=Loa.THREE, hints={"personnummer": ANNA}, return_to="/l/1")
    assert turn.guest is not None
    assert turn.for_guest
    cookie = guest_sessions.start(platform, turn.guest)
    guest = guest_sessions.find(platform, cookie)
    assert guest is not None
    assert (guest.ref, guest.loa, guest.method, guest.name) == (
        "link:1",
        Loa.THREE,
        "Svensk e-legitimation",
        "Anna Testlind",
    )
    entry = json.loads(organisation.log_entries("guest.identified")[0])
    assert (entry["thing"], entry["facts"]["ref"], entry["facts"]["evidence"]) == ("1", "link:1", "sha256:anna")
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    for wrong in (None, "", "x", cookie[:-1], f"{other_administrator.organisation_id}.{cookie.split('.')[1]}"):
        assert guest_sessions.find(platform, wrong) is None
    other = guest_sessions.start(platform, turn.guest, cookie)
    assert guest_sessions.find(platform, cookie) is None
    guest_sessions.end(platform, other)
    assert guest_sessions.find(platform, other) is None


@pytest.mark.parametrize("column", ["seen_at", "created_at"])
def test_a_guests_session_is_short(
    platform: Platform, organisation: SampleOrganisation, peer: Peer, column: str
) -> None:
    """It ends when nothing happens, and in any case; the sweep forgets it."""
    turn = go(organisation, "anna", guest=GuestOf(organisation.id, "link:1"))
    assert turn.guest is not None
    cookie = guest_sessions.start(platform, turn.guest)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text(f"UPDATE guest_sessions SET {column} = {column} - interval '9 hours'"))
    assert guest_sessions.find(platform, cookie) is None
    assert guest_sessions.sweep(platform) == 1


def test_a_guest_is_the_addressee_or_nobody(platform: Platform, organisation: SampleOrganisation, peer: Peer) -> None:
    """Another person, or one whose number is not told, is refused; the flow cannot be tried again."""
    of, hints = GuestOf(organisation.id, "link:1"), {"personnummer": ANNA}
    peer.knows("nameless")
    for code in ("berit", "nameless"):
        begun = sign_in.begin(platform, "peer", "b", guest=of, hints=hints)
        turn = sign_in.advance(platform, begun.flow, "b", {"code": code})
        assert "Du är inte den" in refused(turn)
        with pytest.raises(NotFound):
            sign_in.advance(platform, begun.flow, "b", {"code": "anna"})


@pytest.mark.feature("A10")
def test_a_guest_reaches_level_three_only_as_the_addressee(organisation: SampleOrganisation, peer: Peer) -> None:
    """Without a number to compare, or by a way that names none, whoever it is gets level 2 at most."""
    of = GuestOf(organisation.id, "link:1")
    assert "inte jämföras" in refused(go(organisation, "anna", guest=of, wanted=Loa.THREE))
    lower = go(organisation, "anna", guest=of, wanted=Loa.TWO).guest
    assert lower is not None
    assert lower.loa is Loa.TWO
    peer.traits = replace(peer.traits, asserts_personnummer=False)
    assert "inte jämföras" in refused(go(organisation, "anna", guest=of, wanted=Loa.THREE))
    assert "Du är inte den" in refused(
        go(organisation, "anna", guest=of, wanted=Loa.THREE, hints={"personnummer": ANNA})
    )


@pytest.mark.feature("A8")
def test_a_code_to_the_phone_is_enough_where_the_number_is_known_too(
    organisation: SampleOrganisation, peer: Peer
) -> None:
    """At level 2 somebody whose phone and number the sender knows may use either; at level 3 only the number."""
    peer.traits = replace(peer.traits, asserts_personnummer=False, asserts_phone=True)
    of, hints = GuestOf(organisation.id, "link:1"), {"personnummer": ANNA, "phone": "+46701234567"}
    turn = go(organisation, "anna", guest=of, wanted=Loa.TWO, hints=hints)
    assert turn.guest is not None
    assert turn.guest.loa is Loa.TWO
    assert "Du är inte den" in refused(go(organisation, "anna", guest=of, wanted=Loa.THREE, hints=hints))
    hints["phone"] = ""
    assert "Du är inte den" in refused(go(organisation, "anna", guest=of, wanted=Loa.TWO, hints=hints))


# What a provider may say


def test_a_provider_gets_its_hints_and_no_more_than_the_browser_has_shown(platform: Platform, peer: Peer) -> None:
    """The address to come back to, an opaque name of the browser, and what the page knows; never the cookie."""
    sign_in.begin(platform, "peer", "hemlig", hints={"ip": "192.0.2.1", "return_url": "https://evil.example"})
    (given,) = peer.given
    assert given["return_url"] == f"{platform.settings.base_url}/sign-in/back/peer"
    assert len(given["browser"]) == 32
    assert "hemlig" not in str(given)
    sign_in.begin(platform, "peer", "hemlig")
    assert peer.given[1]["browser"] == given["browser"]


@pytest.mark.parametrize("loa", [7, -1, 0, "3", None])
def test_an_unknown_level_lets_nobody_in(organisation: SampleOrganisation, peer: Peer, anna: Any, loa: Any) -> None:
    """What is no level of ours is no level at all."""
    peer.codes["odd"] = Identity("peer", "subject", loa, {"personnummer": ANNA})
    assert "gick inte att lita på" in refused(go(organisation, "odd"))


def test_a_lower_level_than_asked_for_lets_nobody_in(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, peer: Peer, anna: Any
) -> None:
    """Level 2 where 3 was asked for, in all kinds of flow; and a provider's cap holds whatever it claims."""
    peer.knows("low", Loa.TWO, personnummer=ANNA)
    of = GuestOf(organisation.id, "link:1")
    for what in ({"actor": case_worker}, {"guest": of}, {"actor": case_worker, "link": True}, {}):
        assert "tillitsnivå" in refused(go(organisation, "low", wanted=Loa.THREE, **what))
    peer.traits = replace(peer.traits, max_loa=Loa.TWO)
    done = go(organisation, "anna").signed_in
    assert done is not None
    assert done.loa is Loa.TWO
    with pytest.raises(Invalid):
        sign_in.begin(platform, "peer", "b", wanted=Loa.THREE)


@pytest.mark.parametrize("name", ["other", "password", ""])
def test_a_provider_speaks_only_for_itself(organisation: SampleOrganisation, peer: Peer, anna: Any, name: str) -> None:
    """An identity in another's name, or of nobody, is refused."""
    peer.codes["odd"] = Identity(name, "subject of anna", Loa.THREE, {"personnummer": ANNA, "email": anna.email})
    assert "gick inte att lita på" in refused(go(organisation, "odd"))
    peer.codes["odd"] = Identity("peer", "", Loa.THREE, {"personnummer": ANNA})
    assert "gick inte att lita på" in refused(go(organisation, "odd"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Temporary("BankID svarar inte just nu."), "BankID svarar inte just nu."),
        (Misconfigured("Nyckeln i /hemlig/fil saknas."), "Svensk e-legitimation"),
        (RuntimeError("Traceback: hemlig"), "Svensk e-legitimation"),
    ],
)
def test_a_provider_that_fails_is_a_plain_sentence(
    platform: Platform, peer: Peer, anna: Any, error: Exception, sentence: str
) -> None:
    """At the start and later: no traceback, no secret, nobody let in; the other ways go on, and so does a new try."""
    begun = sign_in.begin(platform, "peer", "b")
    peer.raises = error
    for turn in (
        sign_in.begin(platform, "peer", "b"),
        sign_in.advance(platform, begun.flow, "b", {"code": "anna"}),
    ):
        told = refused(turn)
        assert sentence in told
        assert "hemlig" not in told
    peer.raises = None
    assert sign_in.advance(platform, begun.flow, "b", {"code": "anna"}).signed_in is not None


def test_giving_up_tells_the_provider(platform: Platform, peer: Peer) -> None:
    """Once; and the browser is led to where it began, also when the flow is over."""
    begun = sign_in.begin(platform, "peer", "b", again="/l/1")
    assert sign_in.cancel(platform, begun.flow, "b") == "/l/1"
    assert sign_in.cancel(platform, begun.flow, "b") == "/l/1"
    assert sign_in.cancel(platform, begun.flow, "another") == "/sign-in"
    assert len(peer.cancelled) == 1
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"code": "anna"})


# Those who try to cheat


def test_a_flow_of_another_browser_goes_nowhere(platform: Platform, peer: Peer, anna: Any) -> None:
    """Fixation and relay: the thief began the flow, the victim identified; neither browser is let in by the other's."""
    thief = sign_in.begin(platform, "peer", "thief")
    for browser in ("victim", "", "thief "):
        with pytest.raises(NotFound):
            sign_in.advance(platform, thief.flow, browser, {"code": "anna"}, provider="peer")
    victim = sign_in.begin(platform, "peer", "victim")
    with pytest.raises(NotFound):
        sign_in.advance(platform, victim.flow, "thief", {"code": "anna"})


def test_the_answer_of_one_peer_is_not_taken_for_anothers(platform: Platform, peer: Peer, anna: Any) -> None:
    """Mix-up: the browser comes back to another provider's address; the flow is neither moved nor spent."""
    begun = sign_in.begin(platform, "other", "b")
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"code": "anna"}, provider="peer")
    begun = sign_in.begin(platform, "peer", "b")
    for wrong in ("other", "password", "../peer"):
        with pytest.raises(NotFound):
            sign_in.advance(platform, begun.flow, "b", {"code": "anna"}, provider=wrong)
    assert sign_in.advance(platform, begun.flow, "b", {"code": "anna"}, provider="peer").signed_in


def test_a_peers_answer_never_types_for_the_person(platform: Platform, peer: Peer) -> None:
    """A step that asks for something typed takes nothing from the address that peers send the browser to."""
    begun = sign_in.begin(platform, "password", "b")
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"email": "x@y.se", "password": "z"}, provider="password")


def test_an_answer_counts_once(platform: Platform, peer: Peer, anna: Any) -> None:
    """Replay: the same callback again, in the same browser, is too late; and so is one of a flow that has ended."""
    begun = sign_in.begin(platform, "peer", "b")
    assert sign_in.advance(platform, begun.flow, "b", {"code": "anna"}).signed_in
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"code": "anna"})
    begun = sign_in.begin(platform, "peer", "b")
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE flows SET expires_at = now() - interval '1 second'"))
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"code": "anna"})


def test_a_guests_flow_signs_nobody_in(organisation: SampleOrganisation, peer: Peer, anna: Any) -> None:
    """Whoever reads by a link has no account by that, though one with the number is there; and the other way round."""
    turn = go(organisation, "anna", guest=GuestOf(organisation.id, "link:1"))
    assert turn.signed_in is None
    assert turn.guest is not None
    assert turn.guest.of.ref == "link:1"
    assert go(organisation, "anna").guest is None


def test_what_can_be_guessed_is_guessed_twenty_times_at_most(platform: Platform, peer: Peer) -> None:
    """Also by many threads at once, before the provider has seen the guess."""
    asking = providers.providers(platform)["asking"]
    asking.codes["123456"] = Identity("asking", "s", Loa.TWO)  # type: ignore[attr-defined]
    begun = sign_in.begin(platform, "asking", "b")
    seen: list[str] = []
    advance = asking.advance

    def watch(state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        seen.append(answers["code"])
        return advance(state, answers)  # type: ignore[return-value]

    asking.advance = watch  # type: ignore[method-assign]

    def guess(n: int) -> Any:
        try:
            return sign_in.advance(platform, begun.flow, "b", {"code": f"{n:06}"}).step
        except BudkavleError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(60)))
    assert len(seen) <= sign_in.ASKED.failures
    with pytest.raises(NotFound):
        sign_in.advance(platform, begun.flow, "b", {"code": "123456"})


def test_fifty_flows_at_once_and_every_tenth_forged(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, peer: Peer, anna: Any
) -> None:
    """Each honest flow lets its own person in once; replayed, swapped and foreign ones let nobody in."""
    people = {}
    for n in range(10):
        made = in_work(platform, administrator, users.create_user, email=f"p{n}@habo.example", name=f"P {n}")
        system = system_actor(organisation.id)
        in_work(
            platform,
            system,
            identities.link,
            NewIdentity("peer", f"subject of p{n}", "Legitimation"),
            user_id=made.id,
        )
        peer.knows(f"p{n}")
        people[n] = made.id
    begun = [(n, sign_in.begin(platform, "peer", f"browser {n}").flow) for n in range(50)]
    together = threading.Barrier(50)

    def come_back(n: int, flow: str) -> tuple[int, Turn | BudkavleError]:
        forged, answers = n % 10 == 9, {"code": f"p{n % 10}"}
        browser = f"browser {n}" if not forged or n % 20 == 9 else "browser 0"
        together.wait(30)
        try:
            if forged and n % 20 == 9:  # a callback that comes twice, of which one is a replay
                sign_in.advance(platform, flow, browser, answers, provider="peer")
            return n, sign_in.advance(platform, flow, browser, answers, provider="peer")
        except BudkavleError as error:
            return n, error

    with ThreadPoolExecutor(50) as pool:
        ended = list(pool.map(lambda one: come_back(*one), begun))
    for n, end in ended:
        if n % 10 == 9:
            assert isinstance(end, NotFound), n
        else:
            assert isinstance(end, Turn)
            assert end.signed_in is not None
            assert end.signed_in.user.id == people[n % 10]


def test_of_two_who_bring_the_same_answer_one_is_let_in(platform: Platform, peer: Peer, anna: Any) -> None:
    """At the same moment, many times: the flow is used once."""
    together = threading.Barrier(6)

    def come_back(flow: str) -> bool:
        together.wait(30)
        try:
            return sign_in.advance(platform, flow, "b", {"code": "anna"}).signed_in is not None
        except BudkavleError:
            return False

    with ThreadPoolExecutor(6) as pool:
        for _ in range(5):
            flow = sign_in.begin(platform, "peer", "b").flow
            assert sum(pool.map(come_back, [flow] * 6)) == 1


def test_a_flow_says_nothing_to_who_reads_the_table(platform: Platform, peer: Peer) -> None:
    """Number, address and state are sealed, under a key that goes with the flow's own secret."""
    begun = sign_in.begin(platform, "peer", "b", hints={"personnummer": ANNA, "email": "a@b.example"})
    with platform.database.transaction(None) as connection:
        row = connection.execute(select(tables.flows)).one()
    assert not any(word in row.state for word in (ANNA.encode(), b"a@b.example", begun.flow.encode()))
    assert flow_store.origin(platform, begun.flow, "b") is not None
    assert flow_store.origin(platform, begun.flow, "c") is None


def _at(actor: Actor, loa: Loa) -> Actor:
    return UserActor(actor.organisation_id, actor.user_id, actor.name, actor.role, loa, actor.language)


def _email(organisation: SampleOrganisation, actor: Any) -> str:
    return str(in_work(organisation.platform, organisation.administrator, users.user, actor.user_id).email)
