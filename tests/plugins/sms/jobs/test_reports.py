"""Reports of delivery: once each, in any order, and none that is forged."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import text
from tests.plugins.sms.jobs.queue import due, queue, row, send

from budkavle import NotFound, Platform
from budkavle.notices import NoticeState
from budkavle_sms.receipts import PATH

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
