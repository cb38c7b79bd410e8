"""A code beside the password, recovery codes, and what limits those who guess."""

import re
import time
from typing import Any

import pyotp
import pytest

from budkavle import attempts, identities, second_factor, sign_in, users
from budkavle.contracts import Failed, Prompt
from budkavle.loa import Loa
from budkavle.second_factor import Verdict
from budkavle.sign_in import Turn

World = Any  # of conftest.py, which cannot be imported
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ada(world: World) -> Any:
    """Ada with a password."""
    users.set_password(world.platform, world.root, world.ada.user_id, world.password)
    return users.user(world.platform, world.root, world.ada.user_id)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: a list of one number."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def code(at: float) -> str:
    return pyotp.TOTP(KEY).generate_otp(int(at) // 30)


def with_password(world: World, ada: Any, ip: str = "192.0.2.1") -> Turn:
    begun = sign_in.begin(world.platform, "password", "b", hints={"ip": ip})
    return sign_in.advance(world.platform, begun.flow, "b", {"email": ada.email, "password": world.password})


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
    done = sign_in.advance(world.platform, turn.flow, "b", {"code": f" {code(clock[0])[:3]} {code(clock[0])[3:]}"})
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


@pytest.mark.parametrize(("off", "verdict"), [(-30, "right"), (30, "right"), (120, "clock"), (-120, "clock")])
def test_a_clock_that_is_wrong_is_told_of(world: World, ada: Any, clock: list[float], off: int, verdict: str) -> None:
    """Half a minute does not matter; two minutes is said in words, and lets nobody in."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    clock[0] += 3600
    turn = with_password(world, ada)
    after = sign_in.advance(world.platform, turn.flow, "b", {"code": code(clock[0] + off)})
    assert (after.signed_in is not None) is (verdict == "right")
    assert verdict == "right" or "klocka" in error(after)


def test_guesses_end_the_flow_and_are_limited_without_locking_the_owner_out(
    world: World, ada: Any, clock: list[float]
) -> None:
    """A thief of the password is stopped after five guesses at one address; the owner comes in from another."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    clock[0] += 60
    turn = with_password(world, ada, "198.51.100.9")
    for n in range(attempts.PAIR.failures):
        assert "stämmer inte" in error(sign_in.advance(world.platform, turn.flow, "b", {"code": f"{n:06}"}))
    blocked = sign_in.advance(world.platform, turn.flow, "b", {"code": code(clock[0])})
    assert "För många" in error(blocked)
    owner = with_password(world, ada, "192.0.2.1")
    assert sign_in.advance(world.platform, owner.flow, "b", {"code": code(clock[0])}).signed_in is not None


def test_a_flow_ends_after_ten_wrong_codes(world: World, ada: Any, clock: list[float], monkeypatch: Any) -> None:
    """Whatever the limits of addresses say."""
    monkeypatch.setattr(attempts, "PAIR", attempts.Limit(100, attempts.PAIR.within))
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    turn = with_password(world, ada)
    for n in range(9):
        turn = sign_in.advance(world.platform, turn.flow, "b", {"code": f"{n:06}"})
    assert isinstance(sign_in.advance(world.platform, turn.flow, "b", {"code": "000009"}).step, Failed)


@pytest.mark.feature("U5")
def test_recovery_codes_are_used_once(world: World, ada: Any, clock: list[float]) -> None:
    """Ten of them, each once, in any writing; new ones take the place of the old, and nothing of them is readable."""
    second_factor.switch_on(world.platform, ada, KEY, code(clock[0]))
    codes = second_factor.make_recovery_codes(world.platform, world.ada, ada)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", one) for one in codes)
    turn = with_password(world, ada)
    done = sign_in.advance(world.platform, turn.flow, "b", {"code": codes[0].upper().replace("-", " ")})
    assert done.signed_in is not None
    assert done.signed_in.method == "Lösenord och återställningskod"
    assert second_factor.recovery_codes_left(world.platform, ada) == 9
    assert not second_factor.use_recovery_code(world.platform, ada, codes[0])
    kept = identities.secret(world.platform, ada, "recovery", str(ada.id)) or b""
    assert codes[1].replace("-", "").encode() not in kept
    second_factor.make_recovery_codes(world.platform, world.ada, ada)
    assert not second_factor.use_recovery_code(world.platform, ada, codes[1])
    assert not second_factor.use_recovery_code(world.platform, ada, "")


def test_another_address_of_the_same_network_is_the_same_guesser(world: World, ada: Any) -> None:
    """The /64 of IPv6 counts as one; a network of many addresses has a limit of its own."""
    for n in range(attempts.PAIR.failures):
        assert attempts.begin(world.platform, "x@y.example", f"2001:db8:1:1::{n + 1:x}")
    assert not attempts.begin(world.platform, "x@y.example", "2001:db8:1:1:ffff::1")
    assert attempts.begin(world.platform, "x@y.example", "2001:db8:1:2::1")


def test_a_network_has_a_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many addresses beside each other, many accounts: the network is stopped, another one is not."""
    monkeypatch.setattr(attempts, "NETWORK", attempts.Limit(8, attempts.NETWORK.within))
    allowed = [attempts.begin(world.platform, f"{n}@y.example", f"198.51.100.{n}") for n in range(12)]
    assert allowed == [True] * 8 + [False] * 4
    assert attempts.begin(world.platform, "z@y.example", "192.0.2.1")


def test_the_old_password_is_not_guessed_by_way_of_changing_it(world: World, ada: Any) -> None:
    """A count of one's own is taken back by what is right, and has nothing to do with signing in."""
    for _ in range(attempts.PAIR.failures):
        assert attempts.begin(world.platform, f"old password|{ada.id}", "192.0.2.1")
    assert not attempts.begin(world.platform, f"old password|{ada.id}", "192.0.2.1")
    assert with_password(world, ada).signed_in is not None
