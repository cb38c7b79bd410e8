"""A message to somebody who is told of nothing: its sender sees that (feature S2)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from budkavle import Platform, Work
from budkavle.cases.member_news.choices import choose
from budkavle.notices import MemberNews, Pace
from budkavle.testing import in_work, offer, plugin_module


class Bell:
    """A way to be told."""

    name, label, usual, tells_inbox_itself = "bell", "Klocka", Pace.AT_ONCE, False
    lack: str | Exception = ""

    def lacks(self, work: Work, user_id: UUID) -> str:
        if isinstance(self.lack, Exception):
            raise self.lack
        return self.lack

    def tell(self, work: Work, news: MemberNews) -> None:
        pass


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], bell: Bell) -> Platform:
    """An installation with a bell."""
    return budkavle_open(offer(bell=plugin_module("bell", notice_ways=lambda: [bell])), enabled=("bell",))


def is_without_notice(neighbours: Any) -> bool:
    """Write, and look what the sender sees."""
    message = neighbours.write()
    neighbours.deliver()
    return "UNNOTIFIED" in neighbours.organisation.timeline(message.id)


@pytest.mark.feature("S2")
@pytest.mark.parametrize(("pace", "without"), [(Pace.OFF, True), (Pace.AT_ONCE, False), (Pace.HOURLY, False)])
def test_a_sender_sees_that_no_notice_is_sent(neighbours: Any, pace: Pace, without: bool) -> None:
    """Only where every way is off; a notice that comes each hour is one."""
    reader = neighbours.reader
    in_work(neighbours.platform, reader, choose, {reader.personal_id: {"bell": pace}}, None)
    assert is_without_notice(neighbours) is without


@pytest.mark.feature("S2")
def test_a_way_that_cannot_reach_the_reader_tells_of_nothing(neighbours: Any, bell: Bell) -> None:
    """Such as a phone that is not there."""
    bell.lack = "Skaffa en klocka först."
    assert is_without_notice(neighbours)


def test_a_way_that_fails_stops_no_message(neighbours: Any, bell: Bell) -> None:
    """It comes, and nothing is said of its notice."""
    bell.lack = ZeroDivisionError()
    message = neighbours.write()
    neighbours.deliver()
    assert neighbours.organisation.timeline(message.id)[-1] == "WAITING_FOR_RECEIPT"
