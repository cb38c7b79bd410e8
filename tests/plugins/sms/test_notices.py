"""The word by SMS beside the e-mail: once, only where the organisation wants it, and never of the content."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

import budkavle_sms.plugin
from budkavle import Address, Capabilities, DeliveryState, Draft, FunctionMailbox, Loa, Permanent, Platform, Terms
from budkavle.accounts import add_members, create_mailbox
from budkavle.deliveries import Fact, note_fact
from budkavle.deliveries.recall import recall
from budkavle.host import host_of
from budkavle.messaging import send
from budkavle.notices import NoticeState
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import open_platform
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work, system
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due, do_job
from budkavle.web import guest_preview

MARIA = Address("link", "maria@example.se", "Maria")
PHONE = "+46701234512"


@pytest.fixture
def link() -> FakeTransport:
    """The transport of people without an account, as the e-mail link is one."""
    able = Capabilities(receipts=True, recall=True, family="secure", guests=True)
    return FakeTransport("link", "E-postlänk", capabilities=able)


@pytest.fixture
def platform(
    budkavle_settings: Settings, budkavle_furnished: Callable[[Platform], None], link: FakeTransport
) -> Iterator[Platform]:
    links = plugin_module(
        "links",
        transports=lambda host: [link],
        choose_transport=lambda recipient: link if recipient.transport == "secure" else None,
    )
    settings = msgspec.structs.replace(budkavle_settings, enabled=("links", "sms"), base_url="https://sakert.habo.se")
    plugins = Plugins.load(settings, offer(links=links, sms=budkavle_sms.plugin))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        budkavle_furnished(opened)
        yield opened


@pytest.fixture
def box(sms_plugin: Any, administrator: SampleUser, case_worker: SampleUser) -> FunctionMailbox:
    made = in_work(sms_plugin.platform, administrator, create_mailbox, "Socialtjänsten")
    in_work(sms_plugin.platform, administrator, add_members, made.id, [case_worker.user_id])
    return made


@pytest.fixture
def write(sms_plugin: Any, case_worker: SampleUser, box: FunctionMailbox) -> Callable[..., Any]:
    """Let Anna write to Maria, and a worker carry it; gives the delivery's id."""

    def do(phone: str = PHONE, language: str = "sv", *, carry: bool = True) -> Any:
        terms = {MARIA.value: Terms(phone=phone, language=language)}
        draft = Draft((MARIA,), "Utredning om ditt barn", "Hemligt innehåll", loa=Loa.TWO, terms=terms)
        message = in_work(sms_plugin.platform, case_worker, send, box.id, draft)
        if carry:
            deliver_due(sms_plugin.platform)
        with sms_plugin.platform.database.transaction(sms_plugin.organisation.id) as connection:
            query = text("SELECT id FROM deliveries WHERE message_id = :message")
            return connection.execute(query, {"message": message.id}).scalar_one()

    return do


def wants(sms_plugin: Any, **words: Any) -> None:
    sms_plugin.choose(**{"sender": "Habo", "notices": True, **words})


def listed(sms_plugin: Any) -> list[Any]:
    return [stored.notice for stored in sms_plugin.latest()]


@pytest.mark.feature("A7")
def test_a_notice_goes_beside_the_mail(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """When the mail has been handed over: from whom it is, and where to look; not what it is about."""
    wants(sms_plugin)
    write(carry=False)
    assert listed(sms_plugin) == []
    deliver_due(sms_plugin.platform)
    (one,) = listed(sms_plugin)
    assert (one.address, one.text) == (PHONE, "Du har ett säkert meddelande från Håbo kommun. Se din e-post.")
    sms_plugin.send()
    assert sms_plugin.gateway.taken[0].sender == "Habo"
    assert not sms_plugin.gateway.taken[0].secret


def test_nobody_gets_one_unless_the_organisation_wants_it(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """It is off from the beginning."""
    write()
    assert listed(sms_plugin) == []


def test_the_reader_s_language_is_spoken(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """And the organisation's own words, where it has some."""
    wants(sms_plugin, text_sv="Hej! {organisation} har skrivit till dig. Läs din e-post.")
    write()
    write(language="en")
    assert {one.text for one in listed(sms_plugin)} == {
        "Hej! Håbo kommun har skrivit till dig. Läs din e-post.",
        "You have a secure message from Håbo kommun. See your e-mail.",
    }


def test_it_is_sent_once(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """However often the delivery's state is told of, and by however many processes."""
    wants(sms_plugin)
    delivery_id = write()
    for _ in range(3):
        sms_plugin.platform.plugins.emit(
            "state_changed",
            organisation_id=sms_plugin.organisation.id,
            delivery_id=delivery_id,
            state="WAITING_FOR_RECEIPT",
        )
    assert do_job(sms_plugin.platform, "sms.catch-up") == 0
    assert len(listed(sms_plugin)) == 1


@pytest.mark.parametrize("state", ["READY_TO_SEND", "SEND_FAILURE", "ACKNOWLEDGED", "RECALLED"])
def test_other_states_are_not_told_of(sms_plugin: Any, write: Callable[..., Any], state: str) -> None:
    """Only that the mail has gone."""
    delivery_id = write()
    wants(sms_plugin)
    sms_plugin.platform.plugins.emit(
        "state_changed", organisation_id=sms_plugin.organisation.id, delivery_id=delivery_id, state=state
    )
    assert listed(sms_plugin) == []


def test_what_is_recalled_is_not_told_of(sms_plugin: Any, case_worker: SampleUser, write: Callable[..., Any]) -> None:
    """A word that comes late finds that there is nothing left to read."""
    delivery_id = write()
    in_work(sms_plugin.platform, case_worker, recall, delivery_id)
    wants(sms_plugin)
    sms_plugin.platform.plugins.emit(
        "state_changed",
        organisation_id=sms_plugin.organisation.id,
        delivery_id=delivery_id,
        state="WAITING_FOR_RECEIPT",
    )
    assert listed(sms_plugin) == []


def test_what_a_dead_worker_did_not_tell_is_caught_up(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """The job finds what the hook was never called for, after a minute and within the hour."""
    write()
    wants(sms_plugin)
    assert do_job(sms_plugin.platform, "sms.catch-up") == 0
    with sms_plugin.platform.database.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET changed_at = now() - interval '2 minutes'"))
    assert do_job(sms_plugin.platform, "sms.catch-up") == 1
    assert len(listed(sms_plugin)) == 1


def events(sms_plugin: Any, delivery_id: Any) -> list[tuple[str, str]]:
    """What the timeline says of SMS."""
    with sms_plugin.platform.database.transaction(sms_plugin.organisation.id) as connection:
        query = "SELECT state, detail FROM delivery_events WHERE delivery_id = :id AND state LIKE '%TEXTED'"
        return [tuple(one) for one in connection.execute(text(query), {"id": delivery_id})]


@pytest.mark.parametrize(
    ("state", "noted"),
    [
        (NoticeState.DELIVERED, [("TEXTED", "")]),
        (NoticeState.FAILED, [("NOT_TEXTED", "Operatören meddelar att det inte gick att leverera till telefonen.")]),
    ],
)
def test_a_report_is_noted_on_the_delivery(
    sms_plugin: Any, write: Callable[..., Any], state: NoticeState, noted: Any
) -> None:
    """Once, beside the mail's own notification; the delivery's state is not changed by it."""
    wants(sms_plugin)
    delivery_id = write()
    in_work(sms_plugin.platform, system(sms_plugin.organisation.id), note_fact, delivery_id, Fact.NOTIFIED)
    sms_plugin.send()
    token = sms_plugin.gateway.taken[0].report_url.rpartition("/")[2]
    for _ in range(2):
        sms_plugin.parts.reports.reported(token, state)
    assert events(sms_plugin, delivery_id) == noted
    assert (
        in_work(sms_plugin.platform, system(sms_plugin.organisation.id), guest_preview, delivery_id).state
        is DeliveryState.WAITING_FOR_RECEIPT
    )


def test_a_notice_that_never_goes_is_noted_too(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """The sender sees why, and can mend the number."""
    wants(sms_plugin)
    delivery_id = write()
    sms_plugin.gateway.failures = [Permanent("Numret går inte att använda.")]
    sms_plugin.send()
    assert events(sms_plugin, delivery_id) == [("NOT_TEXTED", "Numret går inte att använda.")]


def test_what_is_opened_or_recalled_before_it_is_sent_is_not_told_of(
    sms_plugin: Any, case_worker: SampleUser, write: Callable[..., Any]
) -> None:
    """The gateway was down meanwhile; the reader needs no word any more."""
    wants(sms_plugin)
    delivery_id = write()
    in_work(sms_plugin.platform, case_worker, recall, delivery_id)
    sms_plugin.send()
    assert sms_plugin.gateway.taken == []
    assert [stored.status.state for stored in sms_plugin.latest()] == [NoticeState.WITHDRAWN]


def test_what_an_older_version_has_told_of_is_not_told_of_again(sms_plugin: Any, write: Callable[..., Any]) -> None:
    """Its own table still says so, also when the message was delivered long before the upgrade."""
    wants(sms_plugin)
    delivery_id = write(carry=False)
    row = {"o": sms_plugin.organisation.id, "d": delivery_id}
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(
            text(
                "INSERT INTO sms_outbox (organisation_id, id, kind, delivery_id, sealed, state, due_at, expires_at,"
                " created_at, changed_at) VALUES (:o, gen_random_uuid(), 'notice', :d, '', 'DELIVERED', now(), now(),"
                " now(), now())"
            ),
            row,
        )
    deliver_due(sms_plugin.platform)
    assert do_job(sms_plugin.platform, "sms.catch-up") == 0
    assert listed(sms_plugin) == []
