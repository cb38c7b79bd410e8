"""Out: handed over once, tried again, and forgotten."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.plugins.sms.jobs.queue import PHONE, TEXT, due, queue, queue_notice, row, send

from budkavle import Permanent, Platform, Temporary, call
from budkavle.notices import NoticeKind, NoticeState, count_failed_notices
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import do_job
from budkavle_sms.receipts import PATH


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
