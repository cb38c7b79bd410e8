"""A worker that dies, or a service that answers too late: notices go at most once, codes at least once."""

from datetime import timedelta
from typing import Any

import pytest
from tests.plugins.sms.jobs.queue import due, queue, queue_notice, row, send

from budkavle import Platform, Sentence
from budkavle.notices import NoticeState
from budkavle.storage import outbox
from budkavle_sms.gateways.base import Unsure


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
