"""Var du är inloggad: one's own sessions, and ending them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from budkavle.accounts.users import ended_since
from budkavle.identification import sessions
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sign_out import own_sessions
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.event_log import chain_log
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http.devices import device_of, network_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"


def signed_in(platform: Platform, user: SampleUser, device: str = "", network: str = "") -> str:
    """Begin a session somewhere else and return its cookie."""
    origin = sessions.Origin(device, network)
    return sessions.start(platform, SignedIn(user.user, Loa.TWO, "password", "/"), origin=origin)


def is_open(platform: Platform, cookie: str) -> bool:
    """Tell whether a session is let in."""
    try:
        sessions.find(platform, cookie, touch=False)
    except NotSignedIn:
        return False
    return True


def key_of(platform: Platform, user: SampleUser, cookie: str) -> str:
    """Return how the list names a session."""
    with platform.work(user) as work:
        return next(session.key for session in own_sessions.open_sessions(work, cookie) if session.is_current)


@pytest.mark.feature("ZS3")
def test_own_sessions_are_listed_with_device_and_network(
    organisation: SampleOrganisation, browse: Callable[..., Browser]
) -> None:
    """The one that asks is marked; a colleague's is not there."""
    anna, platform = organisation.case_worker, organisation.platform
    signed_in(platform, anna, "Safari, iPhone", "192.0.2.0")
    signed_in(platform, organisation.colleague, "Opera, Mac", "198.51.100.0")
    text = browse(anna).get("/account/sessions").text
    assert "Safari, iPhone" in text
    assert "192.0.2.0" in text
    assert text.count("Här och nu") == 1
    assert "Opera" not in text


@pytest.mark.feature("ZS3")
def test_one_session_is_ended_and_the_others_stay(
    organisation: SampleOrganisation, browse: Callable[..., Browser]
) -> None:
    """Its next request is refused, and the event log says so."""
    anna, platform = organisation.case_worker, organisation.platform
    lost, kept = signed_in(platform, anna, "Safari, iPhone"), signed_in(platform, anna, "Firefox, Windows")
    page = browse(anna)
    assert page.post("/account/sessions/end", session=key_of(platform, anna, lost)).status_code == 303
    assert (is_open(platform, lost), is_open(platform, kept), is_open(platform, page.cookie)) == (False, True, True)
    (entry,) = organisation.rows("SELECT thing FROM audit_log WHERE kind = 'user.session-ended'")
    assert entry.thing == str(anna.id)


@pytest.mark.feature("ZS3")
def test_all_others_are_ended_at_once(organisation: SampleOrganisation, browse: Callable[..., Browser]) -> None:
    """The one that asks goes on, and so does a colleague's."""
    anna, platform = organisation.case_worker, organisation.platform
    others = [signed_in(platform, anna) for _ in range(3)]
    colleague = signed_in(platform, organisation.colleague)
    page = browse(anna)
    assert page.post("/account/sessions/end-others").status_code == 303
    assert [is_open(platform, cookie) for cookie in others] == [False] * 3
    assert is_open(platform, page.cookie)
    assert is_open(platform, colleague)
    assert "Du är utloggad överallt utom här" in page.get("/account/sessions?said=others").text


@pytest.mark.feature("ZS3")
def test_what_was_granted_before_ends_with_all_others(
    organisation: SampleOrganisation, browse: Callable[..., Browser]
) -> None:
    """A sign-in that was under way, and a password of a program, are places where one is signed in too."""
    anna, platform = organisation.case_worker, organisation.platform
    page, before = browse(anna), datetime.now(UTC)
    assert not ended_since(platform, anna.user, before)
    assert page.post("/account/sessions/end-others").status_code == 303
    assert ended_since(platform, anna.user, before)
    assert not ended_since(platform, organisation.colleague.user, before)
    assert "user.session-ended" in organisation.log_kinds()


@pytest.mark.feature("ZS3")
def test_nobody_ends_a_colleagues_session(organisation: SampleOrganisation, browse: Callable[..., Browser]) -> None:
    """Not even who knows what the list calls it; nonsense is told."""
    colleague, platform = organisation.colleague, organisation.platform
    cookie = signed_in(platform, colleague)
    page = browse(organisation.administrator)
    page.post("/account/sessions/end", session=key_of(platform, colleague, cookie))
    assert is_open(platform, cookie)
    assert page.post("/account/sessions/end", session="nonsense").status_code == 422


def test_a_session_that_has_been_idle_too_long_is_not_listed(
    organisation: SampleOrganisation, browse: Callable[..., Browser]
) -> None:
    """It lets nobody in, though it has not been swept yet."""
    anna = organisation.case_worker
    signed_in(organisation.platform, anna, "Safari, iPhone")
    organisation.rows("UPDATE sessions SET seen_at = now() - interval '9 hours' WHERE device <> '' RETURNING 1")
    assert "iPhone" not in browse(anna).get("/account/sessions").text


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (WINDOWS, "Chrome, Windows"),
        (f"{WINDOWS} Edg/140.0", "Edge, Windows"),
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_device_is_told_without_versions(user_agent: str, device: str) -> None:
    """By what browsers say of themselves."""
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0"), ("2001:db8:1:2::3", "2001:db8:1::"), ("socket", ""), ("", "")],
)
def test_a_network_is_told_without_the_whole_address(address: str, network: str) -> None:
    """24 bits, or 48."""
    assert network_of(address) == network


def test_refused_tries_stand_there(organisation: SampleOrganisation, browse: Callable[..., Browser]) -> None:
    """What happened and when, and not from where, nor what was typed; a colleague's page has none."""
    anna, platform = organisation.case_worker, organisation.platform
    check_password(platform, anna.email, "fel lösenord här", GuessOrigin("192.0.2.1"))
    chain_log(platform.database, organisation.id)
    own = browse(anna).get("/account/sessions").text
    assert "Fel lösenord eller kod" in own
    assert "192.0.2" not in own
    assert "som nekades" not in browse(organisation.colleague).get("/account/sessions").text
