"""Whom an identification lets in: whose account it opens, and by which ways."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.identification.peers import (
    ANNA,
    BERIT,
    PASSWORD,
    Peer,
    at,
    go,
    refused,
)

from budkavle.accounts import organisations, users
from budkavle.identification import (
    account_methods,
    administration,
    identities,
    providers,
    sessions,
)
from budkavle.identification import (
    flow as sign_in,
)
from budkavle.identification.flow import GuestOf
from budkavle.identification.identities import PERSONNUMMER
from budkavle.model.errors import (
    BudkavleError,
    Conflict,
    Invalid,
    NotFound,
    NotSignedIn,
    StepUp,
)
from budkavle.model.loa import Loa
from budkavle.operations.organisation_states import pause
from budkavle.storage import tables
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser


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


@pytest.mark.parametrize(("act", "said"), [("reset", "loggats ut överallt"), ("paused", "är pausad")])
def test_a_choice_is_as_good_as_the_account_is_then(
    platform: Platform,
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    peer: Peer,
    anna: Any,
    act: str,
    said: str,
) -> None:
    """Whoever identified before the account's ways were reset, or its organisation paused, is not let in by waiting."""
    system = system_actor(other_administrator.organisation_id)
    in_work(platform, system, administration.set_personnummer, other_administrator.user_id, ANNA)
    turn = go(organisation, "anna")
    if act == "reset":
        in_work(platform, system_actor(organisation.id), administration.reset_methods, anna.id)
    else:
        pause(platform, system_actor(), organisation.id, "Avtalet har upphört.")
    assert said in refused(sign_in.advance(platform, turn.flow, "b", {"choice": str(anna.id)}))


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
    turn = go(organisation, "anna", actor=at(case_worker, Loa.TWO), link=True, return_to="/account/methods")
    assert turn.linked is not None
    assert turn.signed_in is None
    assert {one.provider for one in in_work(platform, case_worker, identities.linked)} == {"peer", PERSONNUMMER}
    assert go(organisation, "anna").signed_in is not None
    assert any(one.used_at for one in in_work(platform, case_worker, identities.linked))
    assert peer.given[0]["link"] == "1"
    assert peer.given[0]["account"] == str(case_worker.user_id)
    again = go(organisation, "anna", actor=at(case_worker, Loa.THREE), link=True)
    assert (again.linked is not None, again.signed_in) == (True, None)
    assert len(in_work(platform, case_worker, identities.linked)) == 2


def test_nobody_adds_anothers_identification(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, peer: Peer, anna: Any
) -> None:
    """An account that has a number takes no way of another person's."""
    assert "någon annan än den som kontot hör till" in refused(
        go(organisation, "berit", actor=at(case_worker, Loa.TWO), link=True)
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
    ada = at(case_worker, Loa.TWO)
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
        in_work(platform, at(case_worker, Loa.TWO), account_methods.require_strength)
    assert caught.value.wanted is Loa.THREE
    (number,) = in_work(platform, case_worker, identities.linked)
    with pytest.raises(StepUp):
        in_work(platform, at(case_worker, Loa.TWO), account_methods.remove, number.id)
    sure = at(case_worker, Loa.THREE)
    with pytest.raises(Conflict, match="enda sätt"):
        in_work(platform, sure, account_methods.remove, number.id)
    in_work(platform, system_actor(organisation.id), users.set_password, anna.id, PASSWORD)
    cookie = sessions.start(platform, sign_in.SignedIn(anna, Loa.THREE, "peer", "/"))
    in_work(platform, sure, account_methods.remove, number.id)
    assert in_work(platform, case_worker, identities.linked) == []
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    with pytest.raises(NotFound):
        in_work(platform, at(case_worker, Loa.TWO), account_methods.remove, number.id)


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
