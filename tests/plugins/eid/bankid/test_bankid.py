"""The steps of BankID: what each shows, what is accepted, and a plain Swedish text for every code."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from budkavle import IdentityProvider, Loa, Poll
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.bankid import texts
from budkavle_eid.bankid.api import Request, qr_text, visible_data
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.simulator.bankid_requests import STATUS
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
TOKEN, SECRET = "67df3917-fa0d-44e5-b327-edcc928297f8", "d28db9a7-4cde-429e-a983-359be676944c"


class _Approving(tuple[Mapping[str, str], ...]):  # noqa: SLOT001 - it carries a deed
    """The answers of a complete flow; the person acts on the telephone before each answer."""

    act: Callable[[], None]

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        self.act()
        return super().__iter__()


@pytest.mark.feature("A9")
class TestContract(IdentityProviderContract):
    @pytest.fixture
    def provider(self, bankid: BankIdProvider) -> IdentityProvider:
        return bankid

    @pytest.fixture
    def answers(self, simulator: Simulator, anna: Person) -> tuple[Mapping[str, str], ...]:
        def act() -> None:
            order = simulator.bankid.pick(simulator.bankid.waiting()[0].id, anna, "127.0.0.1")
            simulator.bankid.approve(order)

        approving = _Approving([{"tick": "1"}])
        approving.act = act
        return approving


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8"),
        (1, "949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2"),
    ],
)
def test_the_qr_code_is_the_one_that_others_make(seconds: int, code: str) -> None:
    """Known vectors: token, seconds and HMAC."""
    assert qr_text(TOKEN, SECRET, seconds) == f"bankid.{TOKEN}.{seconds}.{code}"


def test_what_the_app_shows_is_cut_between_letters() -> None:
    """At most 1500 characters once encoded, and still valid UTF-8."""
    shown = visible_data("å" * 2000)
    assert len(shown) <= 1500
    assert set(base64.b64decode(shown).decode()) == {"å"}


def test_what_is_empty_is_not_sent() -> None:
    """BankID refuses empty values."""
    assert Request("127.0.0.1", "").body() == {"endUserIp": "127.0.0.1", "returnRisk": True}


def test_another_device(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """The code changes each second; once scanned and approved, the flow ends in the person's identity."""
    way = walk(bankid, purpose="Läs meddelande från Håbo kommun")
    first = way.poll.qr
    way.tick(1)
    assert way.poll.qr
    assert first != way.poll.qr
    assert way.poll.app_url is None
    order = simulator.bankid.scan(way.poll.qr, anna, "127.0.0.1")
    assert simulator.bankid.opened(anna)[0].text.startswith("Läs meddelande från Håbo kommun\n")
    way.tick()
    assert (way.poll.qr, way.poll.choices, way.poll.message) == (None, {}, texts.LEGITIMATE)
    simulator.bankid.approve(order)
    way.tick()
    who = way.identity
    assert (who.provider, who.subject, who.loa) == ("bankid", anna.number, Loa.THREE)
    assert dict(who.attributes) == {
        "personnummer": anna.number,
        "name": "Anna Testlind",
        "given_name": "Anna",
        "family_name": "Testlind",
        "method": "BankID",
        "evidence": who.attributes["evidence"],
    }


def test_the_same_device(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """A telephone gets a link and no code; the browser returns with the secret that only the app got."""
    way = walk(bankid, user_agent=PHONE)
    assert way.poll.qr is None
    assert way.poll.app_url is not None
    assert way.poll.app_url.startswith("https://app.bankid.com/?autostarttoken=")
    back = _open(simulator, way.poll, anna)
    way.tick()
    assert way.poll.message == texts.GO_BACK
    way.tell(**_query(back))
    assert way.identity.subject == anna.number


def test_the_browser_may_come_back_first(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """The returned secret is accepted, and the next poll ends the order."""
    way = walk(bankid, user_agent=PHONE)
    token = (way.poll.app_url or "").partition("autostarttoken=")[2].partition("&")[0]
    order = simulator.bankid.open_link({"autostarttoken": token}, anna, "127.0.0.1")
    way.tell(nonce=json.loads(way.state["flow"])["nonce"])
    assert isinstance(way.step, Poll)
    simulator.bankid.approve(order)
    way.tick()
    assert way.identity.subject == anna.number


def test_the_open_page_and_the_return_ask_at_once(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """BankID returns the result to one of the two requests; it is not lost if the core saves the other's step."""
    way = walk(bankid, user_agent=PHONE)
    before = dict(way.state)
    back = _open(simulator, way.poll, anna)
    lost = bankid.advance(before, {"tick": "1"})
    assert isinstance(lost, Poll)
    assert bankid.advance(before, _query(back)).subject == anna.number  # type: ignore[union-attr]


def test_an_end_that_never_turns_up_is_over(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """The request that got the result has died with it: the person waits some seconds, and is then told."""
    way = walk(bankid, user_agent=PHONE)
    back = _open(simulator, way.poll, anna)
    order = json.loads(way.state["flow"])["order"]["orderRef"]
    bankid._api.collect(order)
    way.tell(**_query(back))
    for _ in range(3):
        assert isinstance(way.step, Poll)
        way.tick()
    way.tick(5)
    assert way.failed.message == texts.OVER


def test_a_computer_opens_the_app_beside_the_browser(bankid: BankIdProvider, walk: Any) -> None:
    """On a computer the link has BankID's own scheme."""
    way = walk(bankid)
    way.tell(choice="same")
    assert (way.poll.app_url or "").startswith("bankid:///?autostarttoken=")
    assert way.poll.choices == {"other": texts.OTHER_DEVICE}


def test_changing_the_device_takes_the_first_order_back(
    bankid: BankIdProvider, walk: Any, simulator: Simulator
) -> None:
    """Only one order at a time: the earlier code or link no longer works."""
    way = walk(bankid)
    way.tell(choice="same")
    way.tell(choice="other")
    assert simulator.bankid.calls == ["auth", "cancel", "auth", "cancel", "auth"]
    assert len(simulator.bankid.waiting()) == 1
    assert way.poll.qr


def test_nobody_is_asked_more_often_than_every_second_second(
    bankid: BankIdProvider, walk: Any, simulator: Simulator
) -> None:
    """The page draws a code each second; BankID is polled every other second."""
    way = walk(bankid)
    for _ in range(10):
        way.tick(1)
    assert simulator.bankid.calls.count("collect") == 5


def test_an_order_that_nobody_opens_begins_anew(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """It is restarted every 30 seconds, silently, for three minutes; then the person is told."""
    way = walk(bankid)
    while isinstance(way.step, Poll):
        way.tick(10)
    assert way.failed.message == texts.TOO_LATE
    assert 5 <= simulator.bankid.calls.count("auth") <= 7


def test_giving_up_takes_the_order_back(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """BankID gets the cancellation, and the code no longer works."""
    way = walk(bankid)
    bankid.cancel(way.state)
    assert simulator.bankid.calls == ["auth", "cancel"]
    assert simulator.bankid.waiting() == []
    way.tick()
    assert way.failed.message == texts.OVER


def test_mobile_bankid_is_a_policy(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, anna: Person, bo: Person
) -> None:
    """The service accepts only BankID on a telephone, and the identity's method says so."""
    mobile = make_bankid(policy="mobile", name="mobilt_bankid")
    way = walk(mobile)
    with pytest.raises(Exception, match="går inte att använda"):
        simulator.bankid.scan(way.poll.qr or "", bo, "127.0.0.1")
    way.tick()
    assert way.failed.message == texts.FAILED["certificateErr"]
    way = walk(mobile)
    simulator.bankid.approve(simulator.bankid.scan(way.poll.qr or "", anna, "127.0.0.1"))
    way.tick()
    assert way.identity.attributes["method"] == "Mobilt BankID"


def test_somebody_on_the_telephone(bankid: BankIdProvider, simulator: Simulator, walk: Any, anna: Person) -> None:
    """A number and a question in the app replace the code; no page offers it."""
    step = bankid.call_up({"personnummer": anna.number, "purpose": "Samtal"})
    way = walk(bankid)
    way.take(step)
    assert (way.poll.qr, way.poll.app_url, way.poll.choices) == (None, None, {})
    shown = simulator.bankid.opened(anna)[0]
    assert shown.call
    simulator.bankid.confirm_call(shown.id)
    simulator.bankid.approve(shown.id)
    way.tick()
    assert way.identity.subject == anna.number


@pytest.mark.parametrize("hint", [*texts.PENDING, "somethingNew"])
def test_every_hint_on_the_way_has_its_words(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, hint: str
) -> None:
    """Also one that is not documented."""
    way = walk(bankid)
    simulator.bankid.show_hint(simulator.bankid.waiting()[0].id, hint)
    way.tick()
    assert way.poll.message == texts.PENDING.get(hint, texts.UNKNOWN_PENDING)


@pytest.mark.parametrize("hint", [*sorted({*texts.FAILED} - {"startFailed"}), "somethingNew"])
def test_every_hint_of_an_end_has_its_words(bankid: BankIdProvider, walk: Any, simulator: Simulator, hint: str) -> None:
    """Each says what happened and what to do; `startFailed` begins anew, see above."""
    way = walk(bankid)
    simulator.bankid.show_hint(simulator.bankid.waiting()[0].id, hint, failed=True)
    way.tick()
    assert way.failed.message == texts.FAILED.get(hint, texts.UNKNOWN_FAILED)


@pytest.mark.parametrize("code", [*STATUS, "Maintenance", "somethingNew"])
def test_every_refusal_at_the_start_has_its_words(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, code: str
) -> None:
    """In whatever case BankID spells it."""
    simulator.bankid.fail_next("auth", code)
    way = walk(bankid)
    assert way.failed.message == texts.ERRORS.get(code.lower(), texts.STRANGE)


@pytest.mark.parametrize("code", ["requestTimeout", "tooManyRequests", "internalError", "maintenance", "Maintenance"])
def test_what_passes_is_waited_for(bankid: BankIdProvider, walk: Any, simulator: Simulator, code: str) -> None:
    """The code stays, and the next poll succeeds."""
    way = walk(bankid)
    simulator.bankid.fail_next("collect", code)
    way.tick()
    assert way.poll.message == texts.WAITING
    assert way.poll.qr
    way.tick()
    assert way.poll.message == texts.SCAN


@pytest.mark.parametrize("code", ["invalidParameters", "notFound", "unauthorized", "unsupportedMediaType", "new"])
def test_what_does_not_pass_ends_it(bankid: BankIdProvider, walk: Any, simulator: Simulator, code: str) -> None:
    """An order that BankID does not know has ended; for other errors the person is told the cause."""
    way = walk(bankid)
    simulator.bankid.fail_next("collect", code)
    way.tick()
    gone = code in {"invalidParameters", "notFound"}
    assert way.failed.message == (texts.OVER if gone else texts.ERRORS.get(code.lower(), texts.STRANGE))


def test_a_second_start_with_a_number_ends_both(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """BankID starts no order and cancels the first; the person is told to start again."""
    first = walk(bankid, personnummer=anna.number)
    second = walk(bankid, personnummer=anna.number)
    assert second.failed.message == texts.ERRORS["alreadyinprogress"]
    first.tick()
    assert first.failed.message == texts.FAILED["cancelled"]
    assert isinstance(walk(bankid, personnummer=anna.number).step, Poll)


def test_english_is_shown_in_the_app(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """The app's text is in the person's language."""
    walk(bankid, language="en")
    assert simulator.bankid.waiting()[0].text.startswith("Sign in\n")


def test_the_settings_ask_for_a_code_and_a_policy(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator
) -> None:
    """`pin_code` is part of the requirement."""
    walk(make_bankid(pin_code=True))
    order = next(iter(simulator.bankid._orders.values()))
    assert order.request["requirement"] == {"pinCode": True}
    assert order.request["returnRisk"] is True
    assert order.request["web"]["referringDomain"] == "127.0.0.1"


def _open(simulator: Simulator, poll: Poll, person: Person, ip: str = "127.0.0.1") -> str:
    """Follow the link with the app on the same device, and approve; returns where the app sends the browser."""
    token = (poll.app_url or "").partition("autostarttoken=")[2].partition("&")[0]
    return simulator.bankid.approve(simulator.bankid.open_link({"autostarttoken": token}, person, ip))


def _query(url: str) -> dict[str, str]:
    name, _, value = url.partition("?")[2].partition("=")
    return {name: value}
