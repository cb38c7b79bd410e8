"""A code beside the password, recovery codes, and what limits those who guess."""

import hashlib
import re
import time
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from budkavle.accounts import users
from budkavle.identification import flow, identities, rate_limit, second_factor
from budkavle.identification.flow import Turn
from budkavle.identification.second_factor import Verdict
from budkavle.model.loa import Loa
from budkavle.plugins.protocols import Failed, Prompt
from budkavle.storage import tables
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

World = Any  # of conftest.py, which cannot be imported
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ada(world: World) -> Any:
    """Ada with a password."""
    in_work(world.platform, system_actor(world.organisation.id), users.set_password, world.ada.user_id, world.password)
    return in_work(world.platform, world.root, users.user, world.ada.user_id)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: a list of one number."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def code(at: float) -> str:
    return pyotp.TOTP(KEY).generate_otp(int(at) // 30)


def with_password(world: World, ada: Any, ip: str = "192.0.2.1") -> Turn:
    begun = flow.begin(world.platform, "password", "b", hints={"ip": ip})
    return flow.advance(world.platform, begun.flow, "b", {"email": ada.email, "password": world.password})


def error(turn: Turn) -> str:
    assert isinstance(turn.step, Prompt)
    return turn.step.fields[0].error


@pytest.mark.feature("A6")
def test_a_password_with_a_code_is_still_level_two(world: World, ada: Any, clock: list[float]) -> None:
    """Once a code is on, the password alone opens nothing; with the code it is level 2, and the log says so."""
    assert with_password(world, ada).signed_in is not None
    assert second_factor.switch_on(world.platform, ada, KEY, "000000") is Verdict.WRONG
    assert not second_factor.is_on(world.platform, ada)
    assert second_factor.switch_on(world.platform, ada, KEY, code(clock[0])) is Verdict.RIGHT
    clock[0] += 60
    turn = with_password(world, ada)
    assert turn.signed_in is None
    assert error(turn) == ""
    done = flow.advance(world.platform, turn.flow, "b", {"code": f" {code(clock[0])[:3]} {code(clock[0])[3:]}"})
    assert done.signed_in is not None
    assert (done.signed_in.loa, done.signed_in.method) == (Loa.TWO, "Lösenord och engångskod")


def test_a_code_counts_once(world: World, ada: Any, clock: list[float]) -> None:
    """The code that switched it on, the code that was just used, and an older one are wrong."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    assert second_factor.check_code(world.platform, ada, code(clock[0])) is Verdict.WRONG
    clock[0] += 30
    assert second_factor.check_code(world.platform, ada, code(clock[0])) is Verdict.RIGHT
    for used in (code(clock[0]), code(clock[0] - 30)):
        assert second_factor.check_code(world.platform, ada, used) is Verdict.WRONG


@pytest.mark.parametrize(("off", "verdict"), [(-30, "right"), (30, "right"), (-120, "clock")])
def test_a_clock_that_is_wrong_is_told_of(world: World, ada: Any, clock: list[float], off: int, verdict: str) -> None:
    """Half a minute does not matter; two minutes is said in words, and lets nobody in."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    clock[0] += 3600
    turn = with_password(world, ada)
    after = flow.advance(world.platform, turn.flow, "b", {"code": code(clock[0] + off)})
    assert (after.signed_in is not None) is (verdict == "right")
    assert verdict == "right" or "klocka" in error(after)


@pytest.mark.parametrize("off", [60, 120, 300])
def test_a_code_that_is_to_come_is_simply_wrong(world: World, ada: Any, clock: list[float], off: int) -> None:
    """Whoever guesses learns nothing of what opens the account later; the sentence has the advice in any case."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    clock[0] += 3600
    told = [
        error(flow.advance(world.platform, with_password(world, ada).flow, "b", {"code": given}))
        for given in (code(clock[0] + off), "000000")
    ]
    assert told[0] == told[1]
    assert "klocka" in told[0]


def test_guesses_end_the_flow_and_are_limited_without_locking_the_owner_out(
    world: World, ada: Any, clock: list[float]
) -> None:
    """A thief of the password is stopped after five guesses at one address; the owner comes in from another."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    clock[0] += 60
    turn = with_password(world, ada, "198.51.100.9")
    for n in range(rate_limit.PAIR.failures):
        assert "stämmer inte" in error(flow.advance(world.platform, turn.flow, "b", {"code": f"{n:06}"}))
    blocked = flow.advance(world.platform, turn.flow, "b", {"code": code(clock[0])})
    assert "För många" in error(blocked)
    owner = with_password(world, ada, "192.0.2.1")
    assert flow.advance(world.platform, owner.flow, "b", {"code": code(clock[0])}).signed_in is not None


def test_a_flow_ends_after_ten_wrong_codes(world: World, ada: Any, clock: list[float], monkeypatch: Any) -> None:
    """Whatever the limits of addresses say."""
    monkeypatch.setattr(rate_limit, "PAIR", rate_limit.Limit(100, rate_limit.PAIR.within))
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    turn = with_password(world, ada)
    for n in range(9):
        turn = flow.advance(world.platform, turn.flow, "b", {"code": f"{n:06}"})
    assert isinstance(flow.advance(world.platform, turn.flow, "b", {"code": "000009"}).step, Failed)


@pytest.mark.feature("U5")
def test_recovery_codes_are_used_once(world: World, ada: Any, clock: list[float]) -> None:
    """Ten of them, each once, in any writing; new ones take the place of the old, and nothing of them is readable."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    codes = in_work(world.platform, world.ada, second_factor.make_recovery_codes, ada)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", one) for one in codes)
    turn = with_password(world, ada)
    done = flow.advance(world.platform, turn.flow, "b", {"code": codes[0].upper().replace("-", " ")})
    assert done.signed_in is not None
    assert done.signed_in.method == "Lösenord och återställningskod"
    assert second_factor.recovery_codes_left(world.platform, ada) == 9
    assert not second_factor.use_recovery_code(world.platform, ada, codes[0])
    kept = identities.secret(world.platform, ada, "recovery", str(ada.id)) or b""
    assert codes[1].replace("-", "").encode() not in kept
    in_work(world.platform, world.ada, second_factor.make_recovery_codes, ada)
    assert not second_factor.use_recovery_code(world.platform, ada, codes[1])
    assert not second_factor.use_recovery_code(world.platform, ada, "")


def test_another_address_of_the_same_network_is_the_same_guesser(world: World, ada: Any) -> None:
    """The /64 of IPv6 counts as one; a network of many addresses has a limit of its own."""
    for n in range(rate_limit.PAIR.failures):
        assert rate_limit.begin(world.platform, "x@y.example", f"2001:db8:1:1::{n + 1:x}")
    assert not rate_limit.begin(world.platform, "x@y.example", "2001:db8:1:1:ffff::1")
    assert rate_limit.begin(world.platform, "x@y.example", "2001:db8:1:2::1")


def test_a_network_has_a_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many addresses beside each other, many accounts: the network is stopped, another one is not."""
    monkeypatch.setattr(rate_limit, "NETWORK", rate_limit.Limit(8, rate_limit.NETWORK.within))
    allowed = [rate_limit.begin(world.platform, f"{n}@y.example", f"198.51.100.{n}") for n in range(12)]
    assert allowed == [True] * 8 + [False] * 4
    assert rate_limit.begin(world.platform, "z@y.example", "192.0.2.1")


def _flood(world: World, address: str, accounts: int = rate_limit.NETWORK.failures + 1) -> None:
    """Fail from an address, with accounts of nobody."""
    for n in range(accounts):
        rate_limit.begin(world.platform, f"nobody{n}@y.example", address)


def test_one_device_locks_nobody_else_behind_its_address_out(world: World, ada: Any, monkeypatch: Any) -> None:
    """A town hall has one address: who has signed in from there, or by that browser from anywhere, still comes in."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    monkeypatch.setattr(rate_limit, "NETWORK", rate_limit.Limit(8, rate_limit.NETWORK.within))
    assert rate_limit.begin(world.platform, ada.email, "192.0.2.1", "own browser")
    rate_limit.succeeded(world.platform, ada.email, "192.0.2.1", "own browser")
    for address in ("192.0.2.1", "198.51.100.1"):
        _flood(world, address, 12)
        assert not rate_limit.begin(world.platform, "new@y.example", address, "new browser")
    assert rate_limit.begin(world.platform, ada.email, "192.0.2.1", "another browser"), "an address of her own"
    assert rate_limit.begin(world.platform, ada.email, "198.51.100.1", "own browser"), "a browser of her own"
    assert not rate_limit.begin(world.platform, ada.email, "198.51.100.1", "another browser")


def test_a_guesser_at_the_same_address_does_not_use_up_the_owners_tries(world: World, ada: Any) -> None:
    """Nor does a browser that is known guess without end; what it is known for is one account."""
    rate_limit.succeeded(world.platform, ada.email, "192.0.2.1", "own browser")
    while rate_limit.begin(world.platform, ada.email, "192.0.2.1", "guesser"):
        pass
    assert [rate_limit.begin(world.platform, ada.email, "192.0.2.1", "own browser") for _ in range(6)] == [
        *[True] * rate_limit.PAIR.failures,
        False,
    ]
    rate_limit.succeeded(world.platform, ada.email, "192.0.2.1", "own browser")
    assert not rate_limit.begin(world.platform, ada.email, "192.0.2.1", "guesser"), "its count stays"
    while rate_limit.begin(world.platform, "bo@y.example", "192.0.2.1", "own browser"):
        pass
    assert rate_limit.begin(world.platform, ada.email, "192.0.2.1", "own browser")


def test_signing_in_to_ones_own_account_wipes_out_no_count(world: World, ada: Any, monkeypatch: Any) -> None:
    """A guesser with an account of their own gets no more tries at others by signing in between."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    for n in range(6):
        rate_limit.begin(world.platform, f"nobody{n}@y.example", "192.0.2.1", "own")
        rate_limit.begin(world.platform, ada.email, "192.0.2.1", "own")
        rate_limit.succeeded(world.platform, ada.email, "192.0.2.1", "own")
    assert not rate_limit.begin(world.platform, "nobody@y.example", "192.0.2.1", "own")


def test_the_browser_of_a_flow_is_known_by_its_cookie(world: World, ada: Any, monkeypatch: Any) -> None:
    """Through the steps of signing in: the browser's own secret makes it, not what anybody types."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    assert with_password(world, ada, "192.0.2.1").signed_in is not None
    _flood(world, "198.51.100.1", 7)
    assert with_password(world, ada, "198.51.100.1").signed_in is not None
    foreign = flow.begin(world.platform, "password", "other", hints={"ip": "198.51.100.2"})
    _flood(world, "198.51.100.2", 7)
    typed = {"email": ada.email, "password": world.password, "browser": "b"}
    stopped = flow.advance(world.platform, foreign.flow, "other", typed).step
    assert isinstance(stopped, Prompt)
    assert "För många" in stopped.fields[-1].error


def test_what_is_counted_cannot_be_tried_out(world: World, ada: Any) -> None:
    """The kept keys are no plain hashes of account and address."""
    rate_limit.begin(world.platform, ada.email, "192.0.2.1")
    with world.platform.database.transaction(None) as connection:
        kept = set(connection.execute(select(tables.attempts.c.key)).scalars())
    plain = {
        hashlib.sha256("\x00".join(parts).encode()).digest()
        for parts in (("account", ada.email), ("pair", ada.email, "192.0.2.1/32"), ("address", "192.0.2.1/32"))
    }
    assert kept
    assert not kept & plain


def test_the_old_password_is_not_guessed_by_way_of_changing_it(world: World, ada: Any) -> None:
    """A count of one's own is taken back by what is right, and has nothing to do with signing in."""
    for _ in range(rate_limit.PAIR.failures):
        assert rate_limit.begin(world.platform, f"old password|{ada.id}", "192.0.2.1")
    assert not rate_limit.begin(world.platform, f"old password|{ada.id}", "192.0.2.1")
    assert with_password(world, ada).signed_in is not None
