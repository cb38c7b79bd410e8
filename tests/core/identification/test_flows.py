"""A flow of identification: what a provider may say, and those who cheat."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.core.identification.peers import ANNA, Peer, go, refused

from budkavle.accounts import users
from budkavle.identification import (
    flow as sign_in,
)
from budkavle.identification import (
    flow_store,
    identities,
    providers,
)
from budkavle.identification.flow import GuestOf, Turn
from budkavle.model.errors import (
    BudkavleError,
    Invalid,
    Misconfigured,
    NotFound,
    Temporary,
)
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, NewIdentity
from budkavle.plugins.protocols.identity_provider import Step
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser


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
