"""A code beside the password: from an app, or a recovery code; and what limits those who guess at it."""

import json
import re
from typing import Any

import pyotp
import pytest

from budkavle.identification import flow, identities, rate_limit, second_factor
from budkavle.identification.flow import Turn
from budkavle.identification.second_factor import Verdict
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity
from budkavle.plugins.protocols.identity_provider import Failed, Prompt
from budkavle.testing.acting import in_work

Passwords = Any  # of conftest.py, which cannot be imported
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at: float) -> str:
    return pyotp.TOTP(KEY).generate_otp(int(at) // 30)


def error(turn: Turn) -> str:
    assert isinstance(turn.step, Prompt)
    return turn.step.fields[0].error


@pytest.mark.feature("A6")
def test_a_password_with_a_code_is_still_level_two(sign_ins: Passwords, clock: list[float]) -> None:
    """Once a code is on, the password alone opens nothing; with the code it is level 2, and the log says so."""
    assert sign_ins.sign_in(sign_ins.ada.email).signed_in is not None
    assert second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, "000000") is Verdict.WRONG
    assert not second_factor.is_on(sign_ins.platform, sign_ins.ada)
    assert second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0])) is Verdict.RIGHT
    clock[0] += 60
    turn = sign_ins.sign_in(sign_ins.ada.email)
    assert turn.signed_in is None
    assert error(turn) == ""
    done = flow.advance(sign_ins.platform, turn.flow, "b", {"code": f" {code(clock[0])[:3]} {code(clock[0])[3:]}"})
    assert done.signed_in is not None
    assert (done.signed_in.loa, done.signed_in.method) == (Loa.TWO, "Lösenord och engångskod")


@pytest.mark.parametrize(("off", "verdict"), [(0, "right"), (-30, "right"), (-60, "clock"), (-120, "clock")])
def test_a_clock_that_is_wrong_is_told_of(sign_ins: Passwords, clock: list[float], off: int, verdict: str) -> None:
    """The code before is taken; an older one is said in words, and lets nobody in."""
    second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0]))
    clock[0] += 3600
    turn = sign_ins.sign_in(sign_ins.ada.email)
    after = flow.advance(sign_ins.platform, turn.flow, "b", {"code": code(clock[0] + off)})
    assert (after.signed_in is not None) is (verdict == "right")
    assert verdict == "right" or "klocka" in error(after)


@pytest.mark.parametrize("off", [30, 60, 120, 300])
def test_a_code_that_is_to_come_is_simply_wrong(sign_ins: Passwords, clock: list[float], off: int) -> None:
    """Whoever guesses learns nothing of what opens the account later; the sentence has the advice in any case."""
    second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0]))
    clock[0] += 3600
    told = [
        error(flow.advance(sign_ins.platform, sign_ins.sign_in(sign_ins.ada.email).flow, "b", {"code": given}))
        for given in (code(clock[0] + off), "000000")
    ]
    assert told[0] == told[1]
    assert "klocka" in told[0]


def test_guesses_end_the_flow_and_are_limited_without_locking_the_owner_out(
    sign_ins: Passwords, clock: list[float]
) -> None:
    """A thief of the password is stopped after five guesses at one address; the owner comes in from another."""
    second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0]))
    clock[0] += 60
    turn = sign_ins.sign_in(sign_ins.ada.email, ip="198.51.100.9")
    for n in range(rate_limit.PAIR.failures):
        assert "stämmer inte" in error(flow.advance(sign_ins.platform, turn.flow, "b", {"code": f"{n:06}"}))
    blocked = flow.advance(sign_ins.platform, turn.flow, "b", {"code": code(clock[0])})
    assert "För många" in error(blocked)
    owner = sign_ins.sign_in(sign_ins.ada.email, ip="192.0.2.1")
    assert flow.advance(sign_ins.platform, owner.flow, "b", {"code": code(clock[0])}).signed_in is not None


def test_a_flow_ends_after_ten_wrong_codes(sign_ins: Passwords, clock: list[float], monkeypatch: Any) -> None:
    """Whatever the limits of addresses say."""
    monkeypatch.setattr(rate_limit, "PAIR", rate_limit.Limit(100, rate_limit.PAIR.within))
    second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0]))
    turn = sign_ins.sign_in(sign_ins.ada.email)
    for n in range(9):
        turn = flow.advance(sign_ins.platform, turn.flow, "b", {"code": f"{n:06}"})
    assert isinstance(flow.advance(sign_ins.platform, turn.flow, "b", {"code": "000009"}).step, Failed)


@pytest.mark.feature("U5")
def test_recovery_codes_are_used_once(sign_ins: Passwords, clock: list[float]) -> None:
    """Ten of them, each once, in any writing; new ones take the place of the old, and nothing of them is readable."""
    second_factor.switch_on(sign_ins.platform, sign_ins.ada, KEY, code(clock[0]))
    codes = in_work(sign_ins.platform, sign_ins.ada.acting(), second_factor.make_recovery_codes, sign_ins.ada)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-9]{4}-){6}[a-z2-9]{4}", one) for one in codes)
    assert len(set(second_factor.ALPHABET)) ** len(codes[0].replace("-", "")) >= 2**128
    turn = sign_ins.sign_in(sign_ins.ada.email)
    done = flow.advance(sign_ins.platform, turn.flow, "b", {"code": codes[0].upper().replace("-", " ")})
    assert done.signed_in is not None
    assert done.signed_in.method == "Lösenord och återställningskod"
    assert second_factor.recovery_codes_left(sign_ins.platform, sign_ins.ada) == 9
    assert not second_factor.use_recovery_code(sign_ins.platform, sign_ins.ada, codes[0])
    kept = identities.secret(sign_ins.platform, sign_ins.ada, "recovery", str(sign_ins.ada.id)) or b""
    assert codes[1].replace("-", "").encode() not in kept
    slow = json.loads(kept)
    assert all(each.startswith("$argon2id$") for each in slow)
    assert len({each.split("$")[4] for each in slow}) == 1, "one salt, so that a try costs one hash"
    in_work(sign_ins.platform, sign_ins.ada.acting(), second_factor.make_recovery_codes, sign_ins.ada)
    assert not second_factor.use_recovery_code(sign_ins.platform, sign_ins.ada, codes[1])
    assert not second_factor.use_recovery_code(sign_ins.platform, sign_ins.ada, "")


def test_a_recovery_code_of_an_earlier_version_is_used_once(sign_ins: Passwords) -> None:
    """It was kept as a hash that is keyed by the vault; nobody has to print new ones."""
    platform, ada = sign_ins.platform, sign_ins.ada
    old = [
        platform.vault.subject_hash("recovery-code", str(ada.id), each).hex() for each in ("aaaaabbbbb", "cccccddddd")
    ]
    way = NewIdentity("recovery", str(ada.id), "Återställningskoder", json.dumps(old).encode())
    in_work(platform, ada.acting(), identities.link, way)
    assert not second_factor.use_recovery_code(platform, ada, "aaaaa-ccccc")
    assert [second_factor.use_recovery_code(platform, ada, "aaaaa-bbbbb") for _ in range(2)] == [True, False]
    assert second_factor.recovery_codes_left(platform, ada) == 1


def test_the_browser_of_a_flow_is_known_by_its_cookie(sign_ins: Passwords, monkeypatch: Any) -> None:
    """Through the steps of signing in: the browser's own secret makes it, not what anybody types."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    assert sign_ins.sign_in(sign_ins.ada.email, ip="192.0.2.1").signed_in is not None
    _flood(sign_ins, "198.51.100.1", 7)
    assert sign_ins.sign_in(sign_ins.ada.email, ip="198.51.100.1").signed_in is not None
    foreign = flow.begin(sign_ins.platform, "password", "other", hints={"ip": "198.51.100.2"})
    _flood(sign_ins, "198.51.100.2", 7)
    typed = {"email": sign_ins.ada.email, "password": sign_ins.password, "browser": "b"}
    stopped = flow.advance(sign_ins.platform, foreign.flow, "other", typed).step
    assert isinstance(stopped, Prompt)
    assert "För många" in stopped.fields[-1].error


def test_the_old_password_is_not_guessed_by_way_of_changing_it(sign_ins: Passwords) -> None:
    """A count of one's own is taken back by what is right, and has nothing to do with signing in."""
    for _ in range(rate_limit.PAIR.failures):
        assert rate_limit.begin(sign_ins.platform, f"old password|{sign_ins.ada.id}", "192.0.2.1")
    assert not rate_limit.begin(sign_ins.platform, f"old password|{sign_ins.ada.id}", "192.0.2.1")
    assert sign_ins.sign_in(sign_ins.ada.email).signed_in is not None


def _flood(sign_ins: Passwords, address: str, accounts: int) -> None:
    """Fail from an address, with accounts of nobody."""
    for n in range(accounts):
        rate_limit.begin(sign_ins.platform, f"nobody{n}@y.example", address)
