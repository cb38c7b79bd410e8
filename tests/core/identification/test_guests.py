"""Guests: who reads what was sent to them, and for how long."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.core.identification.peers import (
    ANNA,
    Peer,
    go,
    refused,
)

from budkavle.identification import (
    flow as sign_in,
)
from budkavle.identification import (
    guest_sessions,
    sessions,
)
from budkavle.identification.browser_proof import Shown
from budkavle.identification.flow import GuestOf
from budkavle.model.errors import (
    NotFound,
    NotSignedIn,
)
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser


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
    guest, _ = guest_sessions.find(platform, cookie, Shown(""))
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
        assert guest_sessions.find(platform, wrong, Shown(""))[0] is None
    other = guest_sessions.start(platform, turn.guest, cookie)
    assert guest_sessions.find(platform, cookie, Shown(""))[0] is None
    guest_sessions.end(platform, other)
    assert guest_sessions.find(platform, other, Shown(""))[0] is None


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
    assert guest_sessions.find(platform, cookie, Shown(""))[0] is None
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
