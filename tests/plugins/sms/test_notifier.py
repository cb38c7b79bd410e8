"""SMS as a notifier: the contracts, and what another plugin tells somebody by SMS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Invalid, Outbox, OutboxEntry, Platform, Temporary
from budkavle.notices import Notice, NoticeKind, NoticeLink, notify
from budkavle.operations import notice_sending
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import NotifierContract, OutboxContract

REMINDER = Notice(NoticeKind.SMS, "070-123 45 12", "meetings.reminder", text="Mötet börjar klockan nio.")


def ask(sms_plugin: Any, notice: Notice = REMINDER) -> UUID:
    asked = in_work(sms_plugin.platform, system_actor(sms_plugin.organisation.id), notify, replace(notice, id=uuid4()))
    assert asked is not None
    return asked


def test_what_another_plugin_tells_is_sent(sms_plugin: Any) -> None:
    """To the number as networks write it, from the organisation's sender, with the link where there is one."""
    ask(sms_plugin, replace(REMINDER, link=NoticeLink("Anslut", "https://sakert.habo.se/m/1")))
    assert sms_plugin.send() == 1
    (sms,) = sms_plugin.gateway.taken
    assert (sms.to, sms.sender, sms.secret) == ("+46701234512", "Budkavle", False)
    assert sms.text == "Mötet börjar klockan nio.\nhttps://sakert.habo.se/m/1"


@pytest.mark.feature("N3")
def test_what_is_sent_is_counted_by_its_segments(sms_plugin: Any) -> None:
    """The entry of the event log is divided by their number, and has neither the number nor the text."""
    ask(sms_plugin)
    ask(sms_plugin, replace(REMINDER, text="å" * 161))
    assert sms_plugin.send() == 2
    entries = sms_plugin.organisation.log_entries("sms.sent")
    assert sorted('"what":"2"' in entry for entry in entries) == [False, True]
    assert not any("åå" in entry or "70123" in entry for entry in entries)


@pytest.mark.parametrize("number", ["", "08-123 456 78", "maria@exempel.example"])
def test_what_is_no_number_is_refused_at_once(sms_plugin: Any, number: str) -> None:
    """With a sentence that says how a number is written."""
    with pytest.raises(Invalid, match=r"070-123 45 67"):
        ask(sms_plugin, replace(REMINDER, address=number))
    assert sms_plugin.latest() == []


@contextmanager
def silent(sms_plugin: Any) -> Iterator[None]:
    sms_plugin.gateway.failures = [Temporary("SMS-tjänsten svarar inte.")]
    yield
    sms_plugin.gateway.failures = []


@pytest.mark.feature("PL6")
class TestSms(NotifierContract):
    @pytest.fixture
    def notifier(self, sms_plugin: Any) -> Any:
        return sms_plugin.parts.notifier

    @pytest.fixture
    def notice(self) -> Notice:
        return REMINDER

    @pytest.fixture
    def wrong_address(self) -> str:
        return "08-123 456 78"

    @pytest.fixture
    def sent(self, sms_plugin: Any) -> Callable[[], int]:
        return lambda: len(sms_plugin.gateway.taken)

    @pytest.fixture
    def broken(self, sms_plugin: Any) -> AbstractContextManager[None]:
        return silent(sms_plugin)

    @pytest.fixture
    def home(self, sms_plugin: Any) -> UUID:
        organisation_id: UUID = sms_plugin.organisation.id
        return organisation_id


@pytest.mark.feature("PL6")
class TestOutbox(OutboxContract):
    """The outbox that the core keeps for these messages."""

    @pytest.fixture
    def outbox(self, platform: Platform, sms_plugin: Any) -> Outbox:
        return notice_sending.outboxes(platform)["notices.sms"]

    @pytest.fixture
    def entry(self, sms_plugin: Any) -> OutboxEntry:
        return self.entry_of(b"", str(ask(sms_plugin)), sms_plugin.organisation.id)

    @pytest.fixture
    def done(self, sms_plugin: Any) -> Callable[[], int]:
        return lambda: len(sms_plugin.gateway.taken)

    @pytest.fixture
    def broken(self, sms_plugin: Any) -> AbstractContextManager[None]:
        return silent(sms_plugin)
