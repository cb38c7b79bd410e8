"""What a session keeps of the one at a provider, and what ends by it."""

import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sign_out import own_sessions, provider_sessions
from budkavle.identification.sign_out.provider_sessions import SessionThere
from budkavle.model.errors import Damaged, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import ProviderSession
from budkavle.plugins.protocols.identity_provider import SignOutRequest
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.platform import Platform
from budkavle.testing.event_log import chain_log
from budkavle.testing.organisations import SampleOrganisation, SampleUser

THERE = ProviderSession("anna-subject", "session-one", "an ID token")


def signed_in(platform: Platform, user: SampleUser, session: ProviderSession | None = THERE, **more: Any) -> str:
    """Begin a session, and return its cookie."""
    return sessions.start(platform, SignedIn(user.user, Loa.TWO, "work", "/", session=session), **more)


def is_open(platform: Platform, cookie: str) -> bool:
    """Tell whether a session is let in."""
    try:
        sessions.find(platform, cookie, touch=False)
    except NotSignedIn:
        return False
    return True


@pytest.mark.feature("ZS3")
@pytest.mark.parametrize(
    ("request_", "left"),
    [
        (SignOutRequest("anna-subject", "session-one"), [False, True, True]),
        (SignOutRequest("", "session-one"), [False, True, True]),
        (SignOutRequest("anna-subject"), [False, False, True]),
        (SignOutRequest("another", "session-one"), [True, True, True]),
        (SignOutRequest("anna-subject", "another"), [True, True, True]),
        (SignOutRequest(), [True, True, True]),
    ],
)
def test_a_provider_ends_the_sessions_that_it_names(
    organisation: SampleOrganisation, request_: SignOutRequest, left: list[bool]
) -> None:
    """That session, or all of that person; both names must fit, and no name is nobody's."""
    platform, anna = organisation.platform, organisation.case_worker
    cookies = [
        signed_in(platform, anna),
        signed_in(platform, anna, replace(THERE, name="session-two")),
        signed_in(platform, organisation.colleague, ProviderSession("bo-subject", "session-three")),
    ]
    assert provider_sessions.end_all(platform, "work", request_) == left.count(False)
    assert [is_open(platform, cookie) for cookie in cookies] == left


def test_another_provider_ends_nothing(organisation: SampleOrganisation) -> None:
    """The same names mean somebody else there."""
    cookie = signed_in(organisation.platform, organisation.case_worker)
    request = SignOutRequest("anna-subject", "session-one")
    assert provider_sessions.end_all(organisation.platform, "other", request) == 0
    assert is_open(organisation.platform, cookie)


def test_the_event_log_tells_who_was_signed_out(organisation: SampleOrganisation) -> None:
    """With the provider, and without its names."""
    platform, anna = organisation.platform, organisation.case_worker
    signed_in(platform, anna)
    provider_sessions.end_all(platform, "work", SignOutRequest("anna-subject"))
    chain_log(platform.database, organisation.id)
    with platform.database.transaction(organisation.id) as connection:
        query = text("SELECT entry FROM audit_log WHERE kind = 'user.signed-out-elsewhere'")
        (entry,) = connection.execute(query).scalars()
    assert str(anna.user_id) in entry
    assert '"work"' in entry
    assert "anna-subject" not in entry


def test_what_the_provider_needs_is_sealed_and_goes_with_the_session(organisation: SampleOrganisation) -> None:
    """Signing out gives it out once; the table shows no name and no token."""
    platform = organisation.platform
    cookie = signed_in(platform, organisation.case_worker)
    with platform.database.transaction(organisation.id) as connection:
        stored = str(connection.execute(text("SELECT * FROM sessions")).all())
    for word in ("anna-subject", "session-one", "an ID token"):
        assert word not in stored
    ended = sessions.end(platform, cookie)
    assert ended is not None
    assert ended.there == SessionThere("work", "an ID token")
    assert sessions.end(platform, cookie) is None


def test_a_rise_in_level_elsewhere_keeps_it(organisation: SampleOrganisation) -> None:
    """The new session, by a provider without one, is still the same person's sign-in at the first."""
    platform, anna = organisation.platform, organisation.case_worker
    low = signed_in(platform, anna)
    high = sessions.start(platform, SignedIn(anna.user, Loa.THREE, "bankid", "/"), low)
    assert provider_sessions.end_all(platform, "work", SignOutRequest("", "session-one")) == 1
    assert not is_open(platform, high)


def test_somebody_else_in_the_same_browser_gets_nothing_of_it(organisation: SampleOrganisation) -> None:
    """The colleague's session has no session at the provider."""
    platform = organisation.platform
    first = signed_in(platform, organisation.case_worker)
    second = sessions.start(platform, SignedIn(organisation.colleague.user, Loa.TWO, "password", "/"), first)
    ended = sessions.end(platform, second)
    assert ended is not None
    assert ended.there is None


@pytest.mark.feature("ZS3")
def test_a_session_ends_no_later_than_the_provider_says(organisation: SampleOrganisation) -> None:
    """It is over, is not listed, and is swept away; the longer end of our own does not prolong it."""
    platform, anna = organisation.platform, organisation.case_worker
    over = signed_in(platform, anna, replace(THERE, ends_at=time.time() - 1))
    soon = signed_in(platform, anna, replace(THERE, ends_at=time.time() + 600))
    with platform.work(anna) as work:
        (listed,) = own_sessions.open_sessions(work, soon)
    assert listed.is_current
    assert sessions.find(platform, soon).ends_at.timestamp() == pytest.approx(time.time() + 600, abs=60)
    assert sessions.sweep(platform) == 1
    assert not is_open(platform, over)
    assert is_open(platform, soon)
    late = signed_in(platform, anna, replace(THERE, ends_at=time.time() + 86_400 * 365))
    assert sessions.find(platform, late).ends_at.timestamp() < time.time() + 86_400 * 30


def test_a_session_that_is_over_at_the_provider_is_found_no_more(organisation: SampleOrganisation) -> None:
    """Also before it is swept; and what takes its place does not end with it."""
    platform, anna = organisation.platform, organisation.case_worker
    over = signed_in(platform, anna, replace(THERE, ends_at=time.time() - 1))
    fresh = sessions.start(platform, SignedIn(anna.user, Loa.TWO, "password", "/"), over)
    assert is_open(platform, fresh)
    assert not is_open(platform, signed_in(platform, anna, replace(THERE, ends_at=time.time() - 1)))


@pytest.mark.feature("ZS3")
@pytest.mark.parametrize("fault", [Damaged("Nej."), KeysUnavailable("Nej.")])
def test_who_signs_out_is_out_though_what_was_kept_does_not_open(
    organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A key provider that is away keeps nobody signed in at a shared computer."""
    platform = organisation.platform
    cookie = signed_in(platform, organisation.case_worker)

    def refuse(*_: object) -> bytes:
        raise fault

    monkeypatch.setattr(platform.vault, "open_small", refuse)
    ended = sessions.end(platform, cookie)
    assert ended is not None
    assert ended.there is None
    assert not is_open(platform, cookie)


def test_a_fault_in_one_organisation_keeps_nobody_signed_in_in_another(
    organisation: SampleOrganisation, other_administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's word is taken once, so it must reach all that can be reached."""
    platform, own = organisation.platform, provider_sessions._end
    people = {organisation.id: organisation.case_worker, other_administrator.organisation_id: other_administrator}
    first, *rest = [row.id for row in platform.organisations() if row.id in people]
    cookies = [signed_in(platform, people[one]) for one in rest]

    def end(platform: Platform, organisation_id: Any, *more: Any) -> int:
        if organisation_id == first:
            raise Damaged("Nej.")
        return own(platform, organisation_id, *more)

    monkeypatch.setattr(provider_sessions, "_end", end)
    with pytest.raises(Damaged):
        provider_sessions.end_all(platform, "work", SignOutRequest("anna-subject"))
    assert [is_open(platform, cookie) for cookie in cookies] == [False]
