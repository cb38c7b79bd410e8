"""Notices by push: from a message that came in to what the phone shows, past a push service that checks everything."""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from push_service import PushService, Subscribed, opened

from budkavle import FunctionMailbox, Host, Invalid, Permanent, Platform, Temporary
from budkavle.accounts.users import update_user
from budkavle.cases.member_news.choices import choose
from budkavle.cases.teamwork.restricting import restrict
from budkavle.notices import Notice, NoticeKind, NoticeLink, Notifier, Pace
from budkavle.testing import NotifierContract, SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.working import do_job
from budkavle_phone.push import notifier, web_push
from budkavle_phone.push.devices import list_devices
from budkavle_phone.push.subscription import read_subscription

PAGE = "/plugin/phone"
BASE = "https://sakert.habo.example"


@pytest.fixture
def page(browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser) -> Browser:
    return browse(case_worker)


def subscribe(page: Browser, push_service: PushService) -> Subscribed:
    """Switch notices on as the page's script does."""
    key = re.search(r'data-server-key="([^"]+)"', page.get(PAGE).text)
    assert key
    browser = push_service.subscribe(key[1])
    answer = page.post(f"{PAGE}/devices", subscription=browser.text)
    assert answer.headers["location"] == f"{PAGE}?said=on"
    return browser


@pytest.fixture
def chosen(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Ada wants to be told of her mailbox by push, at once."""
    in_work(platform, case_worker, choose, {mailbox.id: {"push": Pace.AT_ONCE}}, None)


def send(platform: Platform) -> int:
    do_job(platform, "core.member-news")
    return do_job(platform, "outbox.notices.push")


@pytest.mark.usefixtures("chosen")
def test_a_new_case_is_told_without_a_word_of_it(
    platform: Platform,
    page: Browser,
    push_service: PushService,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
) -> None:
    """The mailbox's name and that a case has come; sealed to one length, signed, with a topic that says nothing."""
    phone = subscribe(page, push_service)
    organisation.arrive("Orosanmälan om Kim", body="Något hemligt")
    assert send(platform) == 1, push_service.refused
    ((headers, body),) = phone.raw
    (shown,) = phone.got
    assert shown["title"] == f"Nytt meddelande i {mailbox.name}"
    assert shown["path"].startswith("/c/")
    assert len(body) == 16 + 4 + 1 + 65 + web_push.PADDED + 1 + 16
    assert mailbox.name.encode() not in body
    assert shown["path"].removeprefix("/c/") not in str(headers)
    assert int(headers["ttl"]) <= 12 * 3600
    assert not {"Orosanmälan", "Kim", "hemligt"} & set(re.findall(r"\w+", str(shown)))


@pytest.mark.feature("E22", "E24")
def test_a_phone_hears_nothing_of_a_case_that_its_owner_is_not_named_for(
    platform: Platform,
    page: Browser,
    push_service: PushService,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Neither at once, nor in the number of what was held back."""
    phone = subscribe(page, push_service)
    in_work(platform, case_worker, choose, {mailbox.id: {"push": Pace.HOURLY}}, None)
    hidden, shown = organisation.arrive("Orosanmälan om Kim"), organisation.arrive("Parkering")
    do_job(platform, "core.member-news")
    in_work(platform, colleague, restrict, hidden, [colleague.id], "Skyddade uppgifter")
    organisation.rows("UPDATE member_news SET due_at = now()")
    assert send(platform) == 1
    assert [(told["title"], told["path"]) for told in phone.got] == [
        (f"Nytt meddelande i {mailbox.name}", f"/c/{shown}")
    ]


def test_our_reading_of_the_standard_opens_its_own_example() -> None:
    """The example of RFC 8291, appendix A: what the fake opens is what browsers open."""
    raw = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # noqa: E731
    secret = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    key = ec.derive_private_key(secret, ec.SECP256R1())
    body = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert opened(body, key, raw("BTBZMqHH6r4Tts7J_aSIgg")) == b"When I grow up, I want to be a watermelon"


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_has_ended_is_forgotten(
    platform: Platform, page: Browser, push_service: PushService, organisation: SampleOrganisation, status: int
) -> None:
    """The notice fails for good, the device is gone from the page, and the event log says so."""
    subscribe(page, push_service)
    push_service.answers.append((status, {}))
    organisation.arrive()
    send(platform)
    assert "Dina enheter" not in page.get(PAGE).text
    assert organisation.log_entries("phone.device-ended")
    organisation.arrive()
    assert send(platform) == 0


@pytest.mark.usefixtures("chosen")
def test_a_service_that_does_not_answer_is_asked_again(
    platform: Platform, page: Browser, push_service: PushService, organisation: SampleOrganisation
) -> None:
    """503 and 429 cost nothing but time; the device stays."""
    phone = subscribe(page, push_service)
    push_service.answers += [(503, {}), (429, {"retry-after": "0"})]
    organisation.arrive()
    for _ in range(3):
        organisation.rows("UPDATE outbox SET due_at = now()")
        send(platform)
    assert len(phone.got) == 1
    assert "Dina enheter" in page.get(PAGE).text


@pytest.mark.parametrize("asked", ["9" * 30, "9" * 5_000, "1_0", "-1", "soon", ""])
def test_a_pause_that_is_none_costs_the_plugin_nothing(asked: str) -> None:
    """A person chooses the service: what it says is an answer like any other, and no fault that others pay for."""
    with pytest.raises(Temporary):
        web_push._judge(httpx.Response(429, headers={"retry-after": asked}))


@pytest.mark.usefixtures("chosen")
def test_a_signature_of_another_organisation_is_refused(
    platform: Platform, page: Browser, push_service: PushService, organisation: SampleOrganisation
) -> None:
    """The fake keeps RFC 8292: a browser that subscribed for another key gets nothing."""
    phone = subscribe(page, push_service)
    phone.server_key = b"\x04" + bytes(64)
    organisation.arrive()
    send(platform)
    assert push_service.refused == ["signed by another than subscribed"]
    assert phone.got == []


def text_of(**changed: str) -> str:
    whole = {
        "endpoint": "https://push.example/x",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }
    return str({**whole, **changed}).replace("'", '"')


NO_SUBSCRIPTIONS: list[str] = [
    "",
    "[]",
    text_of(endpoint="http://push.example/x"),
    text_of(endpoint="https://push.example/" + "x" * 1000),
    text_of(p256dh="AAAA"),
    text_of(p256dh="BA" + "A" * 85),
    text_of(auth="AAAA"),
    text_of(auth="åäö"),
]


def test_what_is_no_subscription_is_refused(page: Browser) -> None:
    """With a sentence on the page, and nothing kept; a whole one passes."""
    read_subscription(text_of())
    for text in NO_SUBSCRIPTIONS:
        answer = page.post(f"{PAGE}/devices", subscription=text)
        assert answer.status_code == 422, text
        assert "går att använda för aviseringar" in answer.text, text
        assert "Dina enheter" not in page.get(PAGE).text, text


def test_an_address_inside_is_refused(budkavle_open: Callable[..., Platform], push_service: PushService) -> None:
    """Of an installation that allows none: at subscribing, and at each sending."""
    platform = budkavle_open(enabled=("phone",), base_url=BASE)
    subscription = read_subscription(push_service.subscribe().text)
    with pytest.raises(Permanent):
        web_push.push(
            platform,
            ec.generate_private_key(ec.SECP256R1()),
            subscription,
            b"{}",
            topic="a",
            lasts=timedelta(hours=1),
        )


def test_a_device_is_its_persons_alone(
    page: Browser,
    browse: Callable[..., Browser],
    push_service: PushService,
    colleague: SampleUser,
    other_administrator: SampleUser,
    host: Host,
    case_worker: SampleUser,
) -> None:
    """Nobody else sees it or ends it; and a browser that somebody else subscribes in is theirs from then on."""
    phone = subscribe(page, push_service)
    (device,) = in_work(host.platform, case_worker, _devices, host, case_worker.id)
    for other in (colleague, other_administrator):
        assert browse(other).post(f"{PAGE}/devices/remove", device=str(device.id)).status_code == 404
    assert page.post(f"{PAGE}/devices/remove", device="x").status_code == 404
    assert browse(None).get(PAGE).headers["location"].startswith("/sign-in")
    browse(colleague).post(f"{PAGE}/devices", subscription=phone.text)
    assert in_work(host.platform, case_worker, _devices, host, case_worker.id) == []


def _devices(work: Any, host: Host, user_id: UUID) -> Any:
    return list_devices(host, work, user_id)


@pytest.mark.usefixtures("chosen")
def test_where_a_browser_is_reached_lies_sealed(
    page: Browser, push_service: PushService, organisation: SampleOrganisation
) -> None:
    """The endpoint is in no column and in no entry of the event log."""
    phone = subscribe(page, push_service)
    organisation.arrive()
    everything = str(organisation.rows("SELECT * FROM phone_devices")) + str(
        organisation.log_entries("phone.device-added")
    )
    assert phone.id not in everything
    assert str(bytes(phone.endpoint, "ascii"))[2:-1] not in everything


def test_a_link_that_leads_elsewhere_is_refused(host: Host, push_service: PushService) -> None:
    """A notice leads to pages of ours."""
    push = notifier.PushNotifier(host)
    asked = Notice(NoticeKind.PUSH, push_service.subscribe().text, "pigeon.landed", "Duvan")
    push.check(asked)
    for url in ("https://evil.example/", f"{BASE}.evil.example/"):
        with pytest.raises(Invalid):
            push.check(Notice(NoticeKind.PUSH, asked.address, "pigeon.landed", link=NoticeLink("Se", url)))


class TestNotifier(NotifierContract):
    """What the core counts on."""

    @pytest.fixture
    def notifier(self, host: Host) -> Notifier:
        return next(iter(host.platform.plugins.registered("notifiers"))).thing  # type: ignore[no-any-return]

    @pytest.fixture
    def phone(self, page: Browser, push_service: PushService) -> Subscribed:
        return subscribe(page, push_service)

    @pytest.fixture
    def notice(self, phone: Subscribed) -> Notice:
        return Notice(NoticeKind.PUSH, phone.text, "pigeon.landed", "Duvslaget", "Duvan har landat på taket")

    @pytest.fixture
    def wrong_address(self) -> str:
        return "https://push.example/abc"

    @pytest.fixture
    def sent(self, phone: Subscribed) -> Callable[[], int]:
        return lambda: len(phone.got)

    @pytest.fixture
    def home(self, organisation: SampleOrganisation) -> UUID:
        return organisation.id

    @pytest.fixture
    def broken(self, push_service: PushService) -> AbstractContextManager[None]:
        @contextmanager
        def block() -> Iterator[None]:
            push_service.answers.append((503, {}))
            yield

        return block()


@pytest.mark.usefixtures("chosen")
def test_each_device_is_told_and_who_has_none_is_told_what_to_do(
    platform: Platform, page: Browser, push_service: PushService, organisation: SampleOrganisation
) -> None:
    """The page Aviseringar leads to Mobil; with two devices both are told, once."""
    assert "Slå på aviseringar på en enhet först" in page.get("/account/notices").text
    phones = [subscribe(page, push_service) for _ in range(2)]
    assert "Slå på aviseringar på en enhet först" not in page.get("/account/notices").text
    organisation.arrive()
    send(platform)
    send(platform)
    assert [len(phone.got) for phone in phones] == [1, 1]


@pytest.mark.usefixtures("chosen")
def test_whose_account_is_closed_is_forgotten(
    platform: Platform,
    page: Browser,
    push_service: PushService,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
) -> None:
    """With all devices; who has an open account keeps them."""
    subscribe(page, push_service)
    assert do_job(platform, "phone.closed") == 0
    in_work(platform, organisation.system, update_user, case_worker.id, active=False)
    assert do_job(platform, "phone.closed") == 1
    assert organisation.rows("SELECT * FROM phone_devices") == []
