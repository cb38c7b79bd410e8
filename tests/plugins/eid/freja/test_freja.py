"""Freja: another device or the same one, the returned levels, and a text for every result."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from tests.plugins.eid.freja.approving import HERE, PHONE, opened, scanned

from budkavle import Identity, IdentityProvider, Loa, Poll
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.freja import texts
from budkavle_eid.freja.api import Started, qr_text
from budkavle_eid.freja.provider import FrejaProvider
from budkavle_eid.simulator.app import NotTaken
from budkavle_eid.simulator.freja_requests import MESSAGES
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import BY_KEY, Person

MATS, EVA = BY_KEY["mats"], BY_KEY["eva"]


class _Approving(tuple[Mapping[str, str], ...]):  # noqa: SLOT001 - it carries a deed
    """The answers of a complete flow; the person acts on the telephone before each answer."""

    act: Callable[[], None]

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        self.act()
        return super().__iter__()


@pytest.mark.feature("A9")
class TestContract(IdentityProviderContract):
    @pytest.fixture
    def provider(self, freja: FrejaProvider) -> IdentityProvider:
        return freja

    @pytest.fixture
    def answers(self, simulator: Simulator, anna: Person) -> tuple[Mapping[str, str], ...]:
        def act() -> None:
            simulator.freja.approve(simulator.freja.pick(simulator.freja.waiting()[0].id, anna, HERE))

        approving = _Approving([{"tick": "1"}])
        approving.act = act
        return approving


def test_another_device(freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """The code changes each second; once scanned and approved, the flow ends in the person's identity."""
    way = walk(freja)
    first = way.poll.qr
    way.tick(1)
    assert way.poll.qr != first
    order = scanned(simulator, way, anna)
    way.tick()
    assert (way.poll.qr, way.poll.message, way.poll.choices) == (None, texts.LEGITIMATE, {})
    simulator.freja.approve(order)
    way.tick()
    who = way.identity
    assert who.loa is Loa.THREE
    assert len(who.subject) == 64
    told = {name: value for name, value in who.attributes.items() if name != "evidence"}
    assert told == {
        "personnummer": anna.number,
        "name": "Anna Testlind",
        "given_name": "Anna",
        "family_name": "Testlind",
        "email": "anna.testlind@example.org",
        "raw_acr": "LOA3/PLUS",
        "method": "Freja eID+",
    }


def test_the_same_device(freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """A telephone gets a link and no code."""
    way = walk(freja, user_agent=PHONE)
    assert way.poll.qr is None
    assert "action=bindUserToTransaction" in (way.poll.app_url or "")
    assert simulator.freja.approve(opened(simulator, way, anna)) == "http://127.0.0.1/back"
    way.tell(anything="that the browser brings back")
    assert isinstance(way.step, Poll)
    way.tick()
    assert way.identity.attributes["personnummer"] == anna.number


@pytest.mark.parametrize(
    ("wanted", "level"), [(Loa.ONE, "EXTENDED"), (Loa.TWO, "EXTENDED"), (Loa.THREE, "PLUS")], ids=str
)
def test_the_lowest_level_is_always_sent(freja: FrejaProvider, simulator: Simulator, wanted: Loa, level: str) -> None:
    """Freja does not accept a missing level; the other requested attributes are sent too."""
    freja.start(wanted, {"ip": "192.0.2.1", "user_agent": "Firefox", "return_url": "http://127.0.0.1/back"})
    asked = simulator.freja.requests[-1]
    assert asked["minRegistrationLevel"] == level
    assert (asked["userInfoType"], asked["userInfo"], asked["useDynamicQrCode"]) == ("INFERRED", "N/A", True)
    assert {"attribute": "LOA_LEVEL"} in asked["attributesToReturn"]
    assert asked["originDeviceDetails"] == {
        "userAgent": "Firefox",
        "userIpAddress": "192.0.2.1",
        "flowType": "ANOTHER_DEVICE",
    }


def test_organisation_eid(
    make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator, anna: Person, bo: Person
) -> None:
    """Only a person who has one is identified, by the identifier in the organisation."""
    provider = make_freja(kind="organisation", name="freja_organisation")
    way = walk(provider)
    assert simulator.freja.requests[-1]["orgIdIssuer"] == "ANY"
    with pytest.raises(NotTaken):
        scanned(simulator, way, bo)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert (way.identity.subject, way.identity.loa) == ("anna.lind", Loa.THREE)
    assert way.identity.attributes["method"] == "Freja Organisations eID"


def test_organisation_eid_goes_by_the_levels_of_the_person(
    make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator, anna: Person
) -> None:
    """Its responses need not repeat the requested level; the person's own level counts."""
    provider = make_freja(kind="organisation", name="freja_organisation")
    simulator.freja.alter = lambda payload: payload.pop("minRegistrationLevel")
    way = walk(provider)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.identity.loa is Loa.THREE
    simulator.freja.alter = lambda payload: payload["requestedAttributes"].update(registrationLevel="EXTENDED")
    way = walk(provider)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.failed.message == texts.LEVEL


def test_what_an_agreement_does_not_allow_is_left_out(
    make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator, anna: Person
) -> None:
    """Without its level of assurance the registration level alone counts."""
    way = walk(make_freja(attributes=("SSN", "RELYING_PARTY_USER_ID", "REGISTRATION_LEVEL")))
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert (way.identity.loa, way.identity.attributes["raw_acr"]) == (Loa.THREE, "/PLUS")
    assert "name" not in way.identity.attributes


@pytest.mark.parametrize(
    ("loa", "level", "ends"),
    [
        ("LOA3", "PLUS", Loa.THREE),
        ("LOA2", "PLUS", None),
        ("LOA3", "EXTENDED", None),
        ("LOA3_NR", "PLUS", None),
        ("LOA4", "PLUS", None),
        ("", "", None),
        ("", "PLUS", Loa.THREE),
    ],
)
def test_the_level_is_what_came_back(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person, loa: str, level: str, ends: Loa | None
) -> None:
    """The lower of the two counts; a lower level than wanted, an unknown one, or none is refused."""

    def lower(payload: dict[str, Any]) -> None:
        payload["requestedAttributes"] |= {"loaLevel": loa, "registrationLevel": level}

    simulator.freja.alter = lower
    way = walk(freja)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    if ends is None:
        assert (way.failed.message, way.failed.retry) == (texts.LEVEL, False)
    else:
        assert way.identity.loa is ends


def test_the_settings_say_what_a_level_is_worth(
    make_freja: Callable[..., FrejaProvider], simulator: Simulator, walk: Any
) -> None:
    """EXTENDED is our level 2, if a message requires no more; the settings may cap any level."""
    provider = make_freja(loa=1)
    step = provider.start(Loa.TWO, {"ip": HERE})
    assert isinstance(step, Poll)
    simulator.freja.approve(simulator.freja.scan(step.qr or "", MATS, HERE))
    ended = provider.advance(step.state, {"tick": "1"})
    assert isinstance(ended, Identity)
    assert (ended.loa, ended.attributes["method"]) == (Loa.ONE, "Freja eID")


def test_somebody_without_the_level_is_stopped_in_the_app(
    freja: FrejaProvider, walk: Any, simulator: Simulator
) -> None:
    """A person with BASIC or EXTENDED cannot continue if PLUS is required, until the time is out."""
    way = walk(freja)
    for person in (MATS, EVA):
        with pytest.raises(NotTaken, match="nivå"):
            scanned(simulator, way, person)
    way.tick(120)
    assert way.failed.message == texts.FAILED["EXPIRED"]


def test_two_at_once_end_both(freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """A second authentication of the same person cancels the first as well."""
    first, second = walk(freja), walk(freja)
    scanned(simulator, first, anna)
    with pytest.raises(NotTaken, match="båda"):
        scanned(simulator, second, anna)
    for way in (first, second):
        way.tick()
        assert way.failed.message == texts.FAILED["CANCELED"]


def test_every_end_has_its_words(freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """Cancelled in the app, rejected by Freja, cancelled by us, expired, and an undocumented one."""
    ends: dict[str, Callable[[str], object]] = {
        "CANCELED": simulator.freja.decline,
        "REJECTED": simulator.freja.reject,
    }
    for status, end in ends.items():
        way = walk(freja)
        end(scanned(simulator, way, anna))
        way.tick()
        assert way.failed.message == texts.FAILED[status]
    way = walk(freja)
    freja.cancel(way.state)
    way.tick()
    assert way.failed.message == texts.FAILED["RP_CANCELED"]
    way = walk(freja)
    way.tick(720)
    assert way.failed.message == texts.OVER
    way = walk(freja)
    simulator.freja.alter_answer = lambda answer: answer.update(status="SOMETHING_NEW")
    way.tick()
    assert way.failed.message == texts.STRANGE


@pytest.mark.parametrize("code", [*MESSAGES, 4006, 9999])
def test_every_refusal_has_its_words(freja: FrejaProvider, walk: Any, simulator: Simulator, code: int) -> None:
    """If the person can do something, the text says what; otherwise it says that the error is ours."""
    simulator.freja.fail_next(code)
    assert walk(freja).failed.message == texts.ERRORS.get(code, texts.OURS)
    way = walk(freja)
    simulator.freja.fail_next(code)
    way.tick()
    assert way.failed.message == (texts.OVER if code == 1100 else texts.ERRORS.get(code, texts.OURS))


def test_nobody_is_asked_more_often_than_every_third_second(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """The page draws a code each second; what happens meanwhile is seen later."""
    way = walk(freja)
    way.tick(3)
    simulator.freja.approve(scanned(simulator, way, anna))
    for _ in range(2):
        way.tick(1)
        assert isinstance(way.step, Poll)
    way.tick(1)
    assert way.identity


def test_changing_the_device_takes_the_first_back(freja: FrejaProvider, walk: Any, simulator: Simulator) -> None:
    """One at a time."""
    way = walk(freja)
    for choice in ("same", "other"):
        way.tell(choice=choice)
    assert len(simulator.freja.waiting()) == 1


def test_a_fixed_code_is_for_those_who_want_it(make_freja: Callable[..., FrejaProvider], walk: Any) -> None:
    """Freja calls the dynamic one a beta; the settings may leave it."""
    way = walk(make_freja(dynamic_qr=False))
    first = way.poll.qr
    assert (first or "").startswith("frejaeid://bindUserToTransaction?transactionReference=")
    way.tick(1)
    assert way.poll.qr == first


def test_the_code_is_made_of_the_seconds() -> None:
    """The HMAC of the seconds in unpadded base64url, beside the reference."""
    text = qr_text("https://app.example/freja", Started("ref", "secret"), 7, "https://x.example")
    assert text == (
        "https://app.example/freja?action=bindUserToTransaction"
        "&transactionReference=ref.7.B019tXkM1I-H83NdKFo_THWN3wDYmS2SBinKUyVk9_c"
        "&originAppScheme=https%3A%2F%2Fx.example"
    )


def test_one_party_of_several(make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator) -> None:
    """A relying party that acts for several names the one; an unknown name is refused."""
    provider = make_freja(relying_party="habo")
    assert walk(provider).failed.message == texts.OURS
    simulator.freja.parties.add("habo")
    assert isinstance(walk(provider).step, Poll)
