"""The way of a message: queued, handed over by the worker, reported; and what is left of it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import NotFound, Permanent, Platform, Temporary, call
from budkavle.testing.working import do_job
from budkavle_sms import organisation_settings
from budkavle_sms.gateways.base import Unsure
from budkavle_sms.outbox import Content, Kind, State
from budkavle_sms.receipts import PATH

PHONE = "+46701234512"
TEXT = "Håbo kommun: koden är 012345."


def queue(house: Any, text_: str = TEXT, lifetime: timedelta = timedelta(minutes=10), **more: Any) -> UUID:
    queued = house.parts.outbox.add(house.id, Kind.CODE, Content(PHONE, "HaboKommun", text_), lifetime, **more)
    assert isinstance(queued, UUID)
    return queued


def send(house: Any) -> int:
    tries = call(house.sending.send)
    assert isinstance(tries, int)
    return tries


def due(house: Any) -> None:
    """Let the pause between two tries be over."""
    with house.host.transaction(house.id) as connection:
        connection.execute(text("UPDATE sms_outbox SET due_at = now() - interval '1 second'"))


def row(house: Any) -> Any:
    (listed,) = house.parts.outbox.latest(house.id, 10)
    return listed


def dump(house: Any) -> bytes:
    """Everything that the tables hold, as text."""
    found = b""
    with house.platform.database.owner() as engine, engine.begin() as connection:
        for table in ("sms_outbox", "sms_receipts", "sms_gateways", "sms_organisations"):
            found += repr(connection.execute(text(f"SELECT t::text FROM {table} t")).all()).encode()
        for sealed in connection.execute(text("SELECT sealed FROM sms_outbox")).scalars():
            found += bytes(sealed)
    return found


@pytest.mark.feature("A7")
def test_a_message_is_handed_over_once(house: Any) -> None:
    """With what the gateway needs; the worker looks after the gateway first; then there is nothing left to do."""
    own = queue(house)
    assert send(house) == 1
    (sent,) = house.gateway.taken
    assert (sent.id, sent.to, sent.sender, sent.text, sent.secret) == (own, PHONE, "HaboKommun", TEXT, True)
    assert sent.report_url.startswith(f"https://sakert.habo.se{PATH}/")
    assert send(house) == 0
    assert house.gateway.attended == 2
    assert row(house).state is State.SENT


def test_nothing_of_it_lies_in_clear(house: Any) -> None:
    """Neither number nor text in the tables, before or after; and after it is sent the text is not there at all."""
    queue(house)
    assert row(house).text == TEXT
    assert not [word for word in (b"012345", b"701234512", b"HaboKommun") if word in dump(house)]
    send(house)
    assert (row(house).to, row(house).text) == (PHONE, "")
    assert not [word for word in (b"012345", b"701234512") if word in dump(house)]


def test_a_fault_that_passes_is_tried_again(house: Any) -> None:
    """After a pause that doubles, with the reason for an administrator, and the gateway's trouble for the health."""
    queue(house)
    house.gateway.failures = [Temporary("SMS-tjänsten svarar inte."), RuntimeError("012345")]
    assert send(house) == 1
    assert (row(house).state, row(house).failure) == (State.WAITING, "SMS-tjänsten svarar inte.")
    assert send(house) == 0
    for _ in range(2):
        due(house)
        assert send(house) == 1
    assert (row(house).state, row(house).failure) == (State.SENT, "")
    assert len(house.gateway.taken) == 1
    noted = house.parts.outbox.gateway("fake")
    assert noted["failed_at"] <= noted["well_at"]
    assert "012345" not in noted["failure"]


def test_a_fault_that_stays_ends_it(house: Any) -> None:
    """With the reason, and without its text; the gateway itself is well."""
    own = queue(house)
    house.gateway.failures = [Permanent("Numret går inte att använda.")]
    send(house)
    assert (row(house).state, row(house).text) == (State.FAILED, "")
    assert house.parts.outbox.failure_of(house.id, own) == "Numret går inte att använda."
    assert house.parts.outbox.failures_since(house.id, timedelta(hours=1)) == 1
    due(house)
    assert send(house) == 0


def test_what_is_too_late_is_not_sent(house: Any) -> None:
    """A code that nobody can use any more only confuses."""
    queue(house, lifetime=timedelta(seconds=-1))
    assert send(house) == 1
    assert house.gateway.taken == []
    assert "inte skickas medan det gällde" in row(house).failure


def test_codes_go_before_notices(house: Any) -> None:
    """Somebody waits for a code, also while a thousand notices are on their way."""
    notice = Content(PHONE, "HaboKommun", "Se din e-post.")
    for _ in range(12):
        house.parts.outbox.add(house.id, Kind.NOTICE, notice, timedelta(hours=1), uuid4())
    own = queue(house)
    send(house)
    assert own in {one.id for one in house.gateway.taken}
    assert len(house.gateway.taken) == 10


def test_a_worker_that_dies_leaves_it_to_the_next(house: Any) -> None:
    """When its lease has ended; what the dead one then still writes changes nothing."""
    queue(house)
    (claimed,) = house.parts.outbox.claim(10)
    assert send(house) == 0
    due(house)
    assert send(house) == 1
    house.parts.outbox.fail(claimed, "för sent")
    house.parts.outbox.postpone(claimed, timedelta(0), "för sent")
    assert row(house).state is State.SENT


def die_in_the_middle(house: Any, kind: Kind) -> None:
    """A worker hands a message over, and dies before it can note the answer."""
    house.parts.outbox.add(house.id, kind, Content(PHONE, "HaboKommun", TEXT), timedelta(minutes=10))
    (claimed,) = house.parts.outbox.claim(10)
    house.parts.outbox.handing(claimed, house.gateway.name)
    due(house)


def test_a_notice_that_may_have_been_sent_is_not_sent_again(house: Any) -> None:
    """It is told as such, its text is forgotten, and a report that comes after all says how it ended."""
    die_in_the_middle(house, Kind.NOTICE)
    assert send(house) == 1
    assert house.gateway.taken == []
    assert row(house).state is State.UNSURE
    assert "kan ha skickats" in row(house).failure
    assert row(house).text == ""
    due(house)
    assert send(house) == 0
    assert house.parts.outbox.end(house.id, row(house).id, State.DELIVERED) is None
    assert row(house).state is State.DELIVERED


@pytest.mark.feature("A7")
def test_a_code_that_may_have_been_sent_is_sent_again(house: Any) -> None:
    """Somebody waits for it, and the same code twice does no harm."""
    die_in_the_middle(house, Kind.CODE)
    assert send(house) == 1
    assert len(house.gateway.taken) == 1
    assert row(house).state is State.SENT


@pytest.mark.parametrize("fault", [Unsure("SMS-tjänsten svarar inte i tid."), RuntimeError("012345")])
def test_a_notice_that_a_slow_service_may_have_taken_is_not_sent_again(house: Any, fault: Exception) -> None:
    """A service that sends each time and answers too late would else send it all day; the code goes once more."""
    house.gateway.failures = [fault]
    house.parts.outbox.add(house.id, Kind.NOTICE, Content(PHONE, "HaboKommun", TEXT), timedelta(hours=24), uuid4())
    send(house)
    assert (row(house).state, row(house).text) == (State.UNSURE, "")
    assert house.parts.outbox.gateway("fake")["failure"]
    due(house)
    assert send(house) == 0
    house.gateway.failures = [fault]
    queue(house)
    send(house)
    due(house)
    send(house)
    assert [sms.secret for sms in house.gateway.taken] == [True]


def test_a_service_that_knows_a_message_again_gets_it_again(house: Any) -> None:
    """By the id, which is the same at every try, it sends it once."""
    house.gateway.takes_once = True
    die_in_the_middle(house, Kind.NOTICE)
    assert send(house) == 1
    assert [sms.id for sms in house.gateway.taken] == [row(house).id]


def test_a_refusal_that_was_told_leaves_no_doubt(house: Any) -> None:
    """The gateway said that it did not take it, so a notice goes once more."""
    house.gateway.failures = [Temporary("Nere.")]
    house.parts.outbox.add(house.id, Kind.NOTICE, Content(PHONE, "HaboKommun", TEXT), timedelta(minutes=10))
    send(house)
    due(house)
    assert send(house) == 1
    assert len(house.gateway.taken) == 1


def test_the_tables_themselves_keep_organisations_apart(house: Any, furnish: Callable[..., Any]) -> None:
    """Row-level security, beside the filters in code: another organisation's transaction sees no row."""
    other = furnish(house.platform, "Region Uppsala")
    queue(house)
    organisation_settings.change(house.host, house.admin, organisation_settings.OwnWords("Habo"))
    for whose, seen in ((house.id, 1), (other.id, 0), (None, 0)):
        with house.host.transaction(whose) as connection:
            for table in ("sms_outbox", "sms_organisations"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == seen


def test_two_workers_never_take_the_same(house: Any) -> None:
    """Whoever claims first has it until its lease ends."""
    for _ in range(30):
        queue(house)
    with ThreadPoolExecutor(6) as pool:
        taken = [one.id for claimed in pool.map(lambda _: house.parts.outbox.claim(5), range(6)) for one in claimed]
    taken += [one.id for one in house.parts.outbox.claim(30)]
    assert len(taken) == len(set(taken)) == 30


def test_old_rows_are_forgotten(house: Any) -> None:
    """By the job, after the days that the settings say."""
    queue(house)
    send(house)
    assert call(house.sending.sweep) == 0
    with house.host.transaction(house.id) as connection:
        connection.execute(text("UPDATE sms_outbox SET created_at = now() - interval '31 days'"))
    assert do_job(house.platform, "sms.sweep") == 1
    assert house.parts.outbox.latest(house.id, 10) == []


def test_the_gateway_of_development_keeps_the_text_sealed(platform: Platform, house: Any) -> None:
    """Its job sends nothing; administrators can read it, the tables cannot."""
    queue(house)
    assert do_job(platform, "sms.send") == 1
    assert (row(house).state, row(house).text) == (State.SENT, TEXT)
    assert b"012345" not in dump(house)


# Reports


def token_of(house: Any) -> str:
    return str(house.gateway.taken[-1].report_url.rpartition("/")[2])


@pytest.mark.parametrize("twice", [False, True])
def test_a_report_ends_it(house: Any, twice: bool) -> None:
    """Once; the same again, or another later, changes nothing."""
    queue(house)
    send(house)
    house.parts.reports.reported(token_of(house), None)
    assert row(house).state is State.SENT
    house.parts.reports.reported(token_of(house), State.DELIVERED)
    if twice:
        house.parts.reports.reported(token_of(house), State.DELIVERED)
        house.parts.reports.reported(token_of(house), State.FAILED)
    assert row(house).state is State.DELIVERED


def test_a_report_that_overtakes_the_answer_is_kept(house: Any) -> None:
    """The message has arrived before we were told that it had left: then it is not sent again, either."""
    queue(house)
    house.gateway.before = lambda sms: house.parts.reports.reported(token_of(house), State.DELIVERED)
    send(house)
    assert row(house).state is State.DELIVERED
    due(house)
    assert send(house) == 0


def test_a_receipt_that_overtakes_the_answer_is_matched(house: Any) -> None:
    """SMPP: the operator's name for the message is known only from the answer that comes after."""
    queue(house)
    house.gateway.before = lambda sms: house.parts.reports.receipt("fake", "fake-1", State.DELIVERED)
    send(house)
    assert row(house).state is State.DELIVERED
    with house.host.transaction(None) as connection:
        assert connection.execute(text("SELECT count(*) FROM sms_receipts")).scalar_one() == 0


def test_a_receipt_in_order_is_matched_too(house: Any) -> None:
    """And one that comes again, or of another gateway, or of nobody's message, changes nothing."""
    queue(house)
    send(house)
    for gateway, remote_id in (("smpp", "fake-1"), ("fake", "unknown"), ("fake", "x" * 101)):
        house.parts.reports.receipt(gateway, remote_id, State.FAILED)
    assert row(house).state is State.SENT
    for state in (State.DELIVERED, State.DELIVERED, State.FAILED):
        house.parts.reports.receipt("fake", "fake-1", state)
    assert row(house).state is State.DELIVERED


def test_receipts_of_nobody_are_forgotten(house: Any) -> None:
    """After three days, and somebody is told how many."""
    house.parts.reports.receipt("fake", "unknown", State.DELIVERED)
    assert house.parts.reports.sweep() == 0
    with house.host.transaction(None) as connection:
        connection.execute(text("UPDATE sms_receipts SET received_at = now() - interval '4 days'"))
    assert house.parts.reports.sweep() == 1


CHANGES: list[Callable[[str], str]] = [
    lambda token: "",
    lambda token: token[:-2],
    lambda token: "A" * len(token),
    lambda token: f"{token}é",
    lambda token: "%",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_forged_address_is_nobodys(house: Any, change: Callable[[str], str]) -> None:
    """It can be neither guessed nor changed."""
    queue(house)
    send(house)
    with pytest.raises(NotFound):
        house.parts.reports.reported(change(token_of(house)), State.FAILED)
    assert row(house).state is State.SENT


def test_an_address_names_one_message_for_ever(house: Any) -> None:
    """Nothing in it can be read; two messages have two."""
    first, second = queue(house), queue(house)
    urls = {house.parts.reports.url(house.id, one) for one in (first, second)}
    assert len(urls) == 2
    assert not [url for url in urls if str(first) in url or house.id.hex in url]


# Over HTTP


@pytest.fixture
def elks_client(budkavle_open: Callable[..., Platform]) -> Any:
    """An installation with 46elks, asked from outside."""
    from budkavle.web.app import create_app

    section = {"gateway": "46elks", "elks": {"username": "u", "password": "p", "url": "http://127.0.0.1:1"}}
    platform = budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section})
    with TestClient(create_app(platform), base_url="https://sakert.habo.se") as client:
        yield platform, client


def test_46elks_reports_by_its_own_form(elks_client: Any, furnish: Callable[..., Any]) -> None:
    """Without session or token of a form; 204 whatever it says, so that it is not sent again; forged is 404."""
    platform, client = elks_client
    house = furnish(platform)
    house.gateway.name = "46elks"
    queue(house)
    send(house)
    path = f"{PATH}/{token_of(house)}"
    for status, state in (
        ("sent", State.SENT),
        ("odd", State.SENT),
        ("delivered", State.DELIVERED),
        ("failed", State.DELIVERED),
    ):
        fields = {"id": "s1", "status": status, "delivered": "2026-11-24T13:38:15.123000"}
        assert client.post(path, data=fields).status_code == 204
        assert row(house).state is state
    assert client.post(path[:-3], data={"status": "failed"}).status_code == 404
    assert client.post(path, content=b"x" * 20_000).status_code == 413


@pytest.mark.parametrize(
    ("body", "state"), [(b'{"status": "DELIVRD"}', State.DELIVERED), (b"[1]", State.SENT), (b"{", State.SENT)]
)
def test_other_services_report_in_json(
    budkavle_open: Callable[..., Platform], furnish: Callable[..., Any], body: bytes, state: State
) -> None:
    """By the words of the settings; what cannot be read changes nothing."""
    from budkavle.web.app import create_app

    section = {"gateway": "http", "http": {"url": "https://sms.example"}}
    platform = budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section})
    house = furnish(platform)
    queue(house)
    send(house)
    with TestClient(create_app(platform), base_url="https://sakert.habo.se") as client:
        answer = client.post(f"{PATH}/{token_of(house)}", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, row(house).state) == (204, state)


def test_nothing_of_it_is_logged(house: Any, caplog: Any, capsys: Any) -> None:
    """Neither number nor text, whatever goes wrong."""
    with caplog.at_level(logging.DEBUG):
        queue(house)
        house.gateway.failures = [RuntimeError(TEXT), Temporary("Upptaget."), Permanent("Nej.")]
        for _ in range(3):
            due(house)
            send(house)
    said = caplog.text + "".join(capsys.readouterr())
    assert not [word for word in ("012345", "701234512") if word in said]


def test_one_worker_sends_for_all(house: Any, furnish: Callable[..., Any]) -> None:
    """Each organisation sees its own list and no other's."""
    other = furnish(house.platform, "Region Uppsala")
    queue(house)
    queue(other)
    assert send(house) == 2
    assert [len(one.parts.outbox.latest(one.id, 10)) for one in (house, other)] == [1, 1]
