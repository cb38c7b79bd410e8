"""SMS as a notifier: the contracts, and what another plugin tells somebody by SMS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Invalid, Outbox, OutboxEntry, Temporary
from budkavle.notices import Notice, NoticeKind, NoticeLink, notify
from budkavle.operations import notice_sending
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import NotifierContract, OutboxContract

REMINDER = Notice(NoticeKind.SMS, "070-123 45 12", "meetings.reminder", text="Mötet börjar klockan nio.")


def ask(house: Any, notice: Notice = REMINDER) -> UUID:
    asked = in_work(house.platform, system_actor(house.id), notify, replace(notice, id=uuid4()))
    assert asked is not None
    return asked


def test_what_another_plugin_tells_is_sent(house: Any) -> None:
    """To the number as networks write it, from the organisation's sender, with the link where there is one."""
    ask(house, replace(REMINDER, link=NoticeLink("Anslut", "https://sakert.habo.se/m/1")))
    assert house.send() == 1
    (sms,) = house.gateway.taken
    assert (sms.to, sms.sender, sms.secret) == ("+46701234512", "Budkavle", False)
    assert sms.text == "Mötet börjar klockan nio.\nhttps://sakert.habo.se/m/1"


@pytest.mark.parametrize("number", ["", "08-123 456 78", "maria@exempel.example"])
def test_what_is_no_number_is_refused_at_once(house: Any, number: str) -> None:
    """With a sentence that says how a number is written."""
    with pytest.raises(Invalid, match=r"070-123 45 67"):
        ask(house, replace(REMINDER, address=number))
    assert house.latest() == []


@contextmanager
def silent(house: Any) -> Iterator[None]:
    house.gateway.failures = [Temporary("SMS-tjänsten svarar inte.")]
    yield
    house.gateway.failures = []


@pytest.mark.feature("PL6")
class TestSms(NotifierContract):
    @pytest.fixture
    def notifier(self, house: Any) -> Any:
        return house.parts.notifier

    @pytest.fixture
    def notice(self) -> Notice:
        return REMINDER

    @pytest.fixture
    def wrong_address(self) -> str:
        return "08-123 456 78"

    @pytest.fixture
    def sent(self, house: Any) -> Callable[[], int]:
        return lambda: len(house.gateway.taken)

    @pytest.fixture
    def broken(self, house: Any) -> AbstractContextManager[None]:
        return silent(house)

    @pytest.fixture
    def home(self, house: Any) -> UUID:
        organisation_id: UUID = house.id
        return organisation_id


@pytest.mark.feature("PL6")
class TestOutbox(OutboxContract):
    """The outbox that the core keeps for these messages."""

    @pytest.fixture
    def outbox(self, house: Any) -> Outbox:
        return notice_sending.outboxes(house.platform)["notices.sms"]

    @pytest.fixture
    def entry(self, house: Any) -> OutboxEntry:
        return self.entry_of(b"", str(ask(house)), house.id)

    @pytest.fixture
    def done(self, house: Any) -> Callable[[], int]:
        return lambda: len(house.gateway.taken)

    @pytest.fixture
    def broken(self, house: Any) -> AbstractContextManager[None]:
        return silent(house)
