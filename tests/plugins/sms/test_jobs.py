"""The way of a message: queued, handed over by the worker, reported; and what is left of it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import NotFound, Permanent, Platform, Sentence, Temporary, call
from budkavle.notices import Notice, NoticeKind, NoticeState, count_failed_notices, notify
from budkavle.storage import outbox
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import do_job
from budkavle_sms.gateways.base import Unsure
from budkavle_sms.receipts import PATH

PHONE = "+46701234512"
TEXT = "Håbo kommun: koden är 012345."


def ask(sms_plugin: Any, topic: str, lifetime: timedelta, **more: Any) -> UUID:
    notice = Notice(NoticeKind.SMS, PHONE, topic, **{"text": TEXT, "expires_at": datetime.now(UTC) + lifetime, **more})
    asked = in_work(sms_plugin.platform, system_actor(sms_plugin.organisation.id), notify, notice)
    assert isinstance(asked, UUID)
    return asked


def queue(sms_plugin: Any, lifetime: timedelta = timedelta(minutes=10), **more: Any) -> UUID:
    """Ask for a code."""
    return ask(sms_plugin, "sms.code", lifetime, is_urgent=True, is_secret=True, **more)


def queue_notice(sms_plugin: Any, lifetime: timedelta = timedelta(minutes=10), **more: Any) -> UUID:
    """Ask for a notice that nobody waits for."""
    return ask(sms_plugin, "fake.landed", lifetime, **more)


def send(sms_plugin: Any) -> int:
    tries = sms_plugin.send()
    assert isinstance(tries, int)
    return tries


def due(sms_plugin: Any) -> None:
    """Let the pause between two tries be over."""
    sms_plugin.make_due()


def row(sms_plugin: Any) -> Any:
    """The only notice: its state, why, and what is left of it."""
    (stored,) = sms_plugin.latest()
    return SimpleNamespace(
        id=stored.notice.id,
        state=stored.status.state,
        failure=stored.status.failure,
        to=stored.notice.address,
        text=stored.notice.text,
    )


@pytest.fixture(autouse=True)
def sender(request: pytest.FixtureRequest) -> None:
    """Håbo's sender."""
    if "sms_plugin" in request.fixturenames:
        request.getfixturevalue("sms_plugin").choose(sender="HaboKommun")


def dump(sms_plugin: Any) -> bytes:
    """Everything that the tables hold, as text."""
    found = b""
    with sms_plugin.platform.database.owner() as engine, engine.begin() as connection:
        for table in ("notices", "outbox", "sms_messages", "sms_outbox", "sms_receipts", "sms_gateways"):
            found += repr(connection.execute(text(f"SELECT t::text FROM {table} t")).all()).encode()
        for sealed in connection.execute(text("SELECT sealed FROM notices")).scalars():
            found += bytes(sealed)
    return found


@pytest.mark.feature("A7")
def test_a_message_is_handed_over_once(sms_plugin: Any) -> None:
    """With what the gateway needs; then there is nothing left to do."""
    own = queue(sms_plugin)
    assert send(sms_plugin) == 1
    (sent,) = sms_plugin.gateway.taken
    assert (sent.id, sent.to, sent.sender, sent.text, sent.secret) == (own, PHONE, "HaboKommun", TEXT, True)
    assert sent.report_url.startswith(f"https://sakert.habo.se{PATH}/")
    assert send(sms_plugin) == 0
    assert row(sms_plugin).state is NoticeState.SENT


def test_the_line_to_the_gateway_is_kept(platform: Platform, sms_plugin: Any) -> None:
    """By a job of its own, since reports come through it whether anything is sent or not."""
    assert call(sms_plugin.parts.upkeep.attend, sms_plugin.gateway) == 0
    assert sms_plugin.gateway.attended == 1
    assert "sms.attend" in platform.plugins.jobs


def test_nothing_of_it_lies_in_clear(sms_plugin: Any) -> None:
    """Neither number nor text in the tables, before or after; and after it is sent the text is not there at all."""
    queue(sms_plugin)
    assert row(sms_plugin).text == TEXT
    assert not [word for word in (b"012345", b"701234512", b"HaboKommun") if word in dump(sms_plugin)]
    send(sms_plugin)
    assert (row(sms_plugin).to, row(sms_plugin).text) == (PHONE, "")
    assert not [word for word in (b"012345", b"701234512") if word in dump(sms_plugin)]


def test_a_fault_that_passes_is_tried_again(sms_plugin: Any) -> None:
    """After a pause that doubles, with the reason for an administrator, and the gateway's trouble for the health."""
    queue(sms_plugin)
    sms_plugin.gateway.failures = [Temporary("SMS-tjänsten svarar inte."), RuntimeError("012345")]
    assert send(sms_plugin) == 1
    assert (row(sms_plugin).state, row(sms_plugin).failure) == (NoticeState.WAITING, "SMS-tjänsten svarar inte.")
    assert send(sms_plugin) == 0
    for _ in range(2):
        due(sms_plugin)
        assert send(sms_plugin) == 1
    assert (row(sms_plugin).state, row(sms_plugin).failure) == (NoticeState.SENT, "")
    assert len(sms_plugin.gateway.taken) == 1
    noted = sms_plugin.parts.register.gateway("fake")
    assert noted["failed_at"] <= noted["well_at"]
    assert "012345" not in noted["failure"]


def test_a_fault_that_stays_ends_it(platform: Platform, sms_plugin: Any) -> None:
    """With the reason, and without its text; the gateway itself is well."""
    own = queue(sms_plugin)
    sms_plugin.gateway.failures = [Permanent("Numret går inte att använda.")]
    send(sms_plugin)
    assert (row(sms_plugin).state, row(sms_plugin).text) == (NoticeState.FAILED, "")
    assert (row(sms_plugin).id, row(sms_plugin).failure) == (own, "Numret går inte att använda.")
    since = datetime.now(UTC) - timedelta(hours=1)
    assert in_work(platform, system_actor(sms_plugin.organisation.id), count_failed_notices, NoticeKind.SMS, since) == 1
    due(sms_plugin)
    assert send(sms_plugin) == 0


def test_what_is_too_late_is_not_sent(sms_plugin: Any) -> None:
    """A code that nobody can use any more only confuses."""
    queue(sms_plugin, lifetime=timedelta(seconds=-1))
    assert send(sms_plugin) == 1
    assert sms_plugin.gateway.taken == []
    assert "inte skickas medan det gällde" in row(sms_plugin).failure


def test_codes_go_before_notices(platform: Platform, sms_plugin: Any) -> None:
    """Somebody waits for a code, also while a thousand notices are on their way: they have an outbox of their own."""
    for _ in range(12):
        queue_notice(sms_plugin, timedelta(hours=1))
    own = queue(sms_plugin)
    assert do_job(platform, "outbox.notices.sms_urgent") == 1
    assert [one.id for one in sms_plugin.gateway.taken] == [own]
    assert do_job(platform, "outbox.notices.sms") == 12
    assert len(sms_plugin.gateway.taken) == 13


def test_many_are_handed_over_at_the_same_time(sms_plugin: Any) -> None:
    """Ten at once: a service that takes a second for each holds nobody up for a quarter of an hour."""
    together = asyncio.Barrier(10)

    async def slow(sms: Any) -> str:
        async with asyncio.timeout(30):
            await together.wait()
        return str(sms.id)

    sms_plugin.gateway.send = slow
    for _ in range(10):
        queue_notice(sms_plugin)
    assert send(sms_plugin) == 10
    assert {stored.status.state for stored in sms_plugin.latest()} == {NoticeState.SENT}


def claim(sms_plugin: Any, name: str = "sms") -> Any:
    """Let a worker claim what is due, and die."""
    database, vault = sms_plugin.platform.database, sms_plugin.platform.vault
    return outbox.claim(database, vault, f"notices.{name}", 30, timedelta(minutes=1))


def test_a_worker_that_dies_leaves_it_to_the_next(platform: Platform, sms_plugin: Any) -> None:
    """When its lease has ended; what the dead one then still writes changes nothing."""
    queue(sms_plugin)
    (claimed,) = claim(sms_plugin, "sms_urgent")
    assert send(sms_plugin) == 0
    due(sms_plugin)
    assert send(sms_plugin) == 1
    assert not outbox.park(platform.database, claimed, Sentence("för sent"))
    assert not outbox.postpone(platform.database, claimed, timedelta(0), Sentence("för sent"))
    assert row(sms_plugin).state is NoticeState.SENT


def die_in_the_middle(sms_plugin: Any, *, is_code: bool) -> None:
    """A worker hands a message over, and dies before it can note the answer."""
    asked = (queue if is_code else queue_notice)(sms_plugin)
    claim(sms_plugin, "sms_urgent" if is_code else "sms")
    sms_plugin.parts.register.begin(sms_plugin.organisation.id, asked, sms_plugin.gateway.name)
    due(sms_plugin)


def test_a_notice_that_may_have_been_sent_is_not_sent_again(sms_plugin: Any) -> None:
    """It is told as such, its text is forgotten, and a report that comes after all says how it ended."""
    die_in_the_middle(sms_plugin, is_code=False)
    assert send(sms_plugin) == 1
    assert sms_plugin.gateway.taken == []
    assert row(sms_plugin).state is NoticeState.UNSURE
    assert "kan ha skickats" in row(sms_plugin).failure
    assert row(sms_plugin).text == ""
    due(sms_plugin)
    assert send(sms_plugin) == 0
    token = sms_plugin.parts.reports.url(sms_plugin.organisation.id, row(sms_plugin).id).rpartition("/")[2]
    sms_plugin.parts.reports.reported(token, NoticeState.DELIVERED)
    assert row(sms_plugin).state is NoticeState.DELIVERED


@pytest.mark.feature("A7")
def test_a_code_that_may_have_been_sent_is_sent_again(sms_plugin: Any) -> None:
    """Somebody waits for it, and the same code twice does no harm."""
    die_in_the_middle(sms_plugin, is_code=True)
    assert send(sms_plugin) == 1
    assert len(sms_plugin.gateway.taken) == 1
    assert row(sms_plugin).state is NoticeState.SENT


@pytest.mark.parametrize("fault", [Unsure("SMS-tjänsten svarar inte i tid."), RuntimeError("012345")])
def test_a_notice_that_a_slow_service_may_have_taken_is_not_sent_again(sms_plugin: Any, fault: Exception) -> None:
    """A service that sends each time and answers too late would else send it all day; the code goes once more."""
    sms_plugin.gateway.failures = [fault]
    queue_notice(sms_plugin, timedelta(hours=24))
    send(sms_plugin)
    assert (row(sms_plugin).state, row(sms_plugin).text) == (NoticeState.UNSURE, "")
    assert sms_plugin.parts.register.gateway("fake")["failure"]
    due(sms_plugin)
    assert send(sms_plugin) == 0
    sms_plugin.gateway.failures = [fault]
    queue(sms_plugin)
    send(sms_plugin)
    due(sms_plugin)
    send(sms_plugin)
    assert [sms.secret for sms in sms_plugin.gateway.taken] == [True]


def test_a_service_that_knows_a_message_again_gets_it_again(sms_plugin: Any) -> None:
    """By the id, which is the same at every try, it sends it once."""
    sms_plugin.gateway.takes_once = True
    die_in_the_middle(sms_plugin, is_code=False)
    assert send(sms_plugin) == 1
    assert [sms.id for sms in sms_plugin.gateway.taken] == [row(sms_plugin).id]


def test_a_refusal_that_was_told_leaves_no_doubt(sms_plugin: Any) -> None:
    """The gateway said that it did not take it, so a notice goes once more."""
    sms_plugin.gateway.failures = [Temporary("Nere.")]
    queue_notice(sms_plugin)
    send(sms_plugin)
    due(sms_plugin)
    assert send(sms_plugin) == 1
    assert len(sms_plugin.gateway.taken) == 1


def test_the_tables_themselves_keep_organisations_apart(
    platform: Platform, sms_plugin: Any, sms_plugin_of: Callable[..., Any]
) -> None:
    """Row-level security, beside the filters in code: another organisation's transaction sees no row."""
    other = sms_plugin_of(platform, "Region Uppsala")
    sms_plugin.parts.register.begin(sms_plugin.organisation.id, queue(sms_plugin), "fake")
    for whose, seen in ((sms_plugin.organisation.id, 1), (other.organisation.id, 0), (None, 0)):
        with sms_plugin.host.transaction(whose) as connection:
            assert connection.execute(text("SELECT count(*) FROM sms_messages")).scalar_one() == seen


def test_two_workers_never_take_the_same(sms_plugin: Any) -> None:
    """Whoever claims first has it until its lease ends."""
    for _ in range(30):
        queue(sms_plugin)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: send(sms_plugin), range(6))) == 30
    taken = [one.id for one in sms_plugin.gateway.taken]
    assert len(taken) == len(set(taken)) == 30


def test_old_rows_are_forgotten(platform: Platform, sms_plugin: Any) -> None:
    """By the job, after the days that the settings say."""
    queue(sms_plugin)
    send(sms_plugin)
    assert call(sms_plugin.parts.upkeep.sweep) == 0
    assert do_job(platform, "core.notices") == 0
    with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(text("UPDATE sms_messages SET handed_at = now() - interval '31 days'"))
    with platform.database.transaction(sms_plugin.organisation.id) as connection:
        connection.execute(text("UPDATE notices SET changed_at = now() - interval '31 days'"))
    assert do_job(platform, "sms.sweep") == 1
    assert do_job(platform, "core.notices") == 1
    assert sms_plugin.latest() == []


def test_the_gateway_of_development_keeps_the_text_sealed(sms_plugin: Any) -> None:
    """Its job sends nothing; administrators can read it, the tables cannot."""
    sms_plugin.use_own_gateway()
    queue(sms_plugin)
    assert send(sms_plugin) == 1
    assert (row(sms_plugin).state, row(sms_plugin).text) == (NoticeState.SENT, TEXT)
    assert b"012345" not in dump(sms_plugin)


# Reports


def token_of(sms_plugin: Any) -> str:
    return str(sms_plugin.gateway.taken[-1].report_url.rpartition("/")[2])


@pytest.mark.parametrize("twice", [False, True])
def test_a_report_ends_it(sms_plugin: Any, twice: bool) -> None:
    """Once; the same again, or another later, changes nothing."""
    queue(sms_plugin)
    send(sms_plugin)
    sms_plugin.parts.reports.reported(token_of(sms_plugin), None)
    assert row(sms_plugin).state is NoticeState.SENT
    sms_plugin.parts.reports.reported(token_of(sms_plugin), NoticeState.DELIVERED)
    if twice:
        sms_plugin.parts.reports.reported(token_of(sms_plugin), NoticeState.DELIVERED)
        sms_plugin.parts.reports.reported(token_of(sms_plugin), NoticeState.FAILED)
    assert row(sms_plugin).state is NoticeState.DELIVERED


def test_a_report_that_overtakes_the_answer_is_kept(sms_plugin: Any) -> None:
    """The message has arrived before we were told that it had left: then it is not sent again, either."""
    queue(sms_plugin)
    sms_plugin.gateway.before = lambda sms: sms_plugin.parts.reports.reported(
        token_of(sms_plugin), NoticeState.DELIVERED
    )
    send(sms_plugin)
    assert row(sms_plugin).state is NoticeState.DELIVERED
    due(sms_plugin)
    assert send(sms_plugin) == 0


def test_a_receipt_that_overtakes_the_answer_is_matched(sms_plugin: Any) -> None:
    """SMPP: the operator's name for the message is known only from the answer that comes after."""
    queue(sms_plugin)
    sms_plugin.gateway.before = lambda sms: sms_plugin.parts.reports.receipt("fake", "fake-1", NoticeState.DELIVERED)
    send(sms_plugin)
    assert row(sms_plugin).state is NoticeState.DELIVERED
    with sms_plugin.host.transaction(None) as connection:
        assert connection.execute(text("SELECT count(*) FROM sms_receipts")).scalar_one() == 0


def test_a_receipt_in_order_is_matched_too(sms_plugin: Any) -> None:
    """And one that comes again, or of another gateway, or of nobody's message, changes nothing."""
    queue(sms_plugin)
    send(sms_plugin)
    for gateway, remote_id in (("smpp", "fake-1"), ("fake", "unknown"), ("fake", "x" * 101)):
        sms_plugin.parts.reports.receipt(gateway, remote_id, NoticeState.FAILED)
    assert row(sms_plugin).state is NoticeState.SENT
    for state in (NoticeState.DELIVERED, NoticeState.DELIVERED, NoticeState.FAILED):
        sms_plugin.parts.reports.receipt("fake", "fake-1", state)
    assert row(sms_plugin).state is NoticeState.DELIVERED


def test_receipts_of_nobody_are_forgotten(sms_plugin: Any) -> None:
    """After three days, and somebody is told how many."""
    sms_plugin.parts.reports.receipt("fake", "unknown", NoticeState.DELIVERED)
    assert sms_plugin.parts.reports.sweep() == 0
    with sms_plugin.host.transaction(None) as connection:
        connection.execute(text("UPDATE sms_receipts SET received_at = now() - interval '4 days'"))
    assert sms_plugin.parts.reports.sweep() == 1


CHANGES: list[Callable[[str], str]] = [
    lambda token: "",
    lambda token: token[:-2],
    lambda token: "A" * len(token),
    lambda token: f"{token}é",
    lambda token: "%",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_forged_address_is_nobodys(sms_plugin: Any, change: Callable[[str], str]) -> None:
    """It can be neither guessed nor changed."""
    queue(sms_plugin)
    send(sms_plugin)
    with pytest.raises(NotFound):
        sms_plugin.parts.reports.reported(change(token_of(sms_plugin)), NoticeState.FAILED)
    assert row(sms_plugin).state is NoticeState.SENT


def test_an_address_names_one_message_for_ever(sms_plugin: Any) -> None:
    """Nothing in it can be read; two messages have two."""
    first, second = queue(sms_plugin), queue(sms_plugin)
    urls = {sms_plugin.parts.reports.url(sms_plugin.organisation.id, one) for one in (first, second)}
    assert len(urls) == 2
    assert not [url for url in urls if str(first) in url or sms_plugin.organisation.id.hex in url]


# Over HTTP


@pytest.fixture
def elks_client(budkavle_open: Callable[..., Platform]) -> Any:
    """An installation with 46elks, asked from outside."""
    from budkavle.web.app import create_app

    section = {"gateway": "46elks", "elks": {"username": "u", "password": "p", "url": "http://127.0.0.1:1"}}
    platform = budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section})
    with TestClient(create_app(platform), base_url="https://sakert.habo.se") as client:
        yield platform, client


def test_46elks_reports_by_its_own_form(elks_client: Any, sms_plugin_of: Callable[..., Any]) -> None:
    """Without session or token of a form; 204 whatever it says, so that it is not sent again; forged is 404."""
    platform, client = elks_client
    sms_plugin = sms_plugin_of(platform)
    sms_plugin.gateway.name = "46elks"
    queue(sms_plugin)
    send(sms_plugin)
    path = f"{PATH}/{token_of(sms_plugin)}"
    for status, state in (
        ("sent", NoticeState.SENT),
        ("odd", NoticeState.SENT),
        ("delivered", NoticeState.DELIVERED),
        ("failed", NoticeState.DELIVERED),
    ):
        fields = {"id": "s1", "status": status, "delivered": "2026-11-24T13:38:15.123000"}
        assert client.post(path, data=fields).status_code == 204
        assert row(sms_plugin).state is state
    assert client.post(path[:-3], data={"status": "failed"}).status_code == 404
    assert client.post(path, content=b"x" * 20_000).status_code == 413


@pytest.mark.parametrize(
    ("body", "state"),
    [(b'{"status": "DELIVRD"}', NoticeState.DELIVERED), (b"[1]", NoticeState.SENT), (b"{", NoticeState.SENT)],
)
def test_other_services_report_in_json(
    budkavle_open: Callable[..., Platform], sms_plugin_of: Callable[..., Any], body: bytes, state: NoticeState
) -> None:
    """By the words of the settings; what cannot be read changes nothing."""
    from budkavle.web.app import create_app

    section = {"gateway": "http", "http": {"url": "https://sms.example"}}
    platform = budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section})
    sms_plugin = sms_plugin_of(platform)
    queue(sms_plugin)
    send(sms_plugin)
    with TestClient(create_app(platform), base_url="https://sakert.habo.se") as client:
        answer = client.post(
            f"{PATH}/{token_of(sms_plugin)}", content=body, headers={"content-type": "application/json"}
        )
    assert (answer.status_code, row(sms_plugin).state) == (204, state)


def test_nothing_of_it_is_logged(sms_plugin: Any, caplog: Any, capsys: Any) -> None:
    """Neither number nor text, whatever goes wrong."""
    with caplog.at_level(logging.DEBUG):
        queue(sms_plugin)
        sms_plugin.gateway.failures = [RuntimeError(TEXT), Temporary("Upptaget."), Permanent("Nej.")]
        for _ in range(3):
            due(sms_plugin)
            send(sms_plugin)
    said = caplog.text + "".join(capsys.readouterr())
    assert not [word for word in ("012345", "701234512") if word in said]


def test_one_worker_sends_for_all(platform: Platform, sms_plugin: Any, sms_plugin_of: Callable[..., Any]) -> None:
    """Each organisation sees its own list and no other's."""
    other = sms_plugin_of(platform, "Region Uppsala")
    queue(sms_plugin)
    queue(other)
    assert send(sms_plugin) == 2
    assert [len(one.latest()) for one in (sms_plugin, other)] == [1, 1]
