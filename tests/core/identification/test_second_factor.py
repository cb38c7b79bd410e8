"""A code beside the password, recovery codes, and what limits those who guess."""

import hashlib
import time
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from budkavle.accounts import users
from budkavle.identification import rate_limit, second_factor
from budkavle.identification.second_factor import Verdict
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PASSWORD = "en lång mening om vintern"

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ada(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> Any:
    """Ada with a password."""
    in_work(platform, system_actor(organisation.id), users.set_password, case_worker.user_id, PASSWORD)
    return in_work(platform, administrator, users.user, case_worker.user_id)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: a list of one number."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def code(at: float) -> str:
    return pyotp.TOTP(KEY).generate_otp(int(at) // 30)


def test_a_code_counts_once(platform: Platform, organisation: SampleOrganisation, ada: Any, clock: list[float]) -> None:
    """The code that switched it on, the code that was just used, and an older one are wrong."""
    second_factor.switch_on(platform, ada, KEY, code(clock[0]))
    assert second_factor.check_code(platform, ada, code(clock[0])) is Verdict.WRONG
    clock[0] += 30
    assert second_factor.check_code(platform, ada, code(clock[0])) is Verdict.RIGHT
    for used in (code(clock[0]), code(clock[0] - 30)):
        assert second_factor.check_code(platform, ada, used) is Verdict.WRONG


def test_another_address_of_the_same_network_is_the_same_guesser(
    platform: Platform, organisation: SampleOrganisation, ada: Any
) -> None:
    """The /64 of IPv6 counts as one; a network of many addresses has a limit of its own."""
    for n in range(rate_limit.PAIR.failures):
        assert rate_limit.begin(platform, "x@y.example", f"2001:db8:1:1::{n + 1:x}")
    assert not rate_limit.begin(platform, "x@y.example", "2001:db8:1:1:ffff::1")
    assert rate_limit.begin(platform, "x@y.example", "2001:db8:1:2::1")


def test_a_network_has_a_limit(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many addresses beside each other, many accounts: the network is stopped, another one is not."""
    monkeypatch.setattr(rate_limit, "NETWORK", rate_limit.Limit(8, rate_limit.NETWORK.within))
    allowed = [rate_limit.begin(platform, f"{n}@y.example", f"198.51.100.{n}") for n in range(12)]
    assert allowed == [True] * 8 + [False] * 4
    assert rate_limit.begin(platform, "z@y.example", "192.0.2.1")


def _flood(organisation: SampleOrganisation, address: str, accounts: int = rate_limit.NETWORK.failures + 1) -> None:
    """Fail from an address, with accounts of nobody."""
    for n in range(accounts):
        rate_limit.begin(organisation.platform, f"nobody{n}@y.example", address)


def test_one_device_locks_nobody_else_behind_its_address_out(
    platform: Platform, organisation: SampleOrganisation, ada: Any, monkeypatch: Any
) -> None:
    """A town hall has one address: who has signed in from there, or by that browser from anywhere, still comes in."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    monkeypatch.setattr(rate_limit, "NETWORK", rate_limit.Limit(8, rate_limit.NETWORK.within))
    assert rate_limit.begin(platform, ada.email, "192.0.2.1", "own browser")
    rate_limit.succeeded(platform, ada.email, "192.0.2.1", "own browser")
    for address in ("192.0.2.1", "198.51.100.1"):
        _flood(organisation, address, 12)
        assert not rate_limit.begin(platform, "new@y.example", address, "new browser")
    assert rate_limit.begin(platform, ada.email, "192.0.2.1", "another browser"), "an address of her own"
    assert rate_limit.begin(platform, ada.email, "198.51.100.1", "own browser"), "a browser of her own"
    assert not rate_limit.begin(platform, ada.email, "198.51.100.1", "another browser")


def test_a_guesser_at_the_same_address_does_not_use_up_the_owners_tries(
    platform: Platform, organisation: SampleOrganisation, ada: Any
) -> None:
    """Nor does a browser that is known guess without end; what it is known for is one account."""
    rate_limit.succeeded(platform, ada.email, "192.0.2.1", "own browser")
    while rate_limit.begin(platform, ada.email, "192.0.2.1", "guesser"):
        pass
    assert [rate_limit.begin(platform, ada.email, "192.0.2.1", "own browser") for _ in range(6)] == [
        *[True] * rate_limit.PAIR.failures,
        False,
    ]
    rate_limit.succeeded(platform, ada.email, "192.0.2.1", "own browser")
    assert not rate_limit.begin(platform, ada.email, "192.0.2.1", "guesser"), "its count stays"
    while rate_limit.begin(platform, "bo@y.example", "192.0.2.1", "own browser"):
        pass
    assert rate_limit.begin(platform, ada.email, "192.0.2.1", "own browser")


def test_signing_in_to_ones_own_account_wipes_out_no_count(
    platform: Platform, organisation: SampleOrganisation, ada: Any, monkeypatch: Any
) -> None:
    """A guesser with an account of their own gets no more tries at others by signing in between."""
    monkeypatch.setattr(rate_limit, "ADDRESS", rate_limit.Limit(6, rate_limit.ADDRESS.within))
    for n in range(6):
        rate_limit.begin(platform, f"nobody{n}@y.example", "192.0.2.1", "own")
        rate_limit.begin(platform, ada.email, "192.0.2.1", "own")
        rate_limit.succeeded(platform, ada.email, "192.0.2.1", "own")
    assert not rate_limit.begin(platform, "nobody@y.example", "192.0.2.1", "own")


def test_what_is_counted_cannot_be_tried_out(platform: Platform, organisation: SampleOrganisation, ada: Any) -> None:
    """The kept keys are no plain hashes of account and address."""
    rate_limit.begin(platform, ada.email, "192.0.2.1")
    with platform.database.transaction(None) as connection:
        kept = set(connection.execute(select(tables.attempts.c.key)).scalars())
    plain = {
        hashlib.sha256("\x00".join(parts).encode()).digest()
        for parts in (("account", ada.email), ("pair", ada.email, "192.0.2.1/32"), ("address", "192.0.2.1/32"))
    }
    assert kept
    assert not kept & plain
