"""Time, ids and chance have one source, which a test may replace."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from budkavle.deliveries.queue import pause_after
from budkavle.model import sources
from budkavle.model.notices import Notice
from budkavle.model.sources import Sources
from budkavle.plugins.protocols.transport import Backoff


class _Fixed(Sources):
    chance = Random(1)  # noqa: S311 - nothing secret

    def now(self) -> datetime:
        return datetime(2030, 1, 2, tzinfo=UTC)

    def new_id(self) -> UUID:
        return UUID(int=7)


def test_the_machines_own_are_read_by_default() -> None:
    """The time is UTC and goes forward, and no id comes twice."""
    assert sources.now().utcoffset() == timedelta(0)
    assert abs(sources.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert sources.monotonic() <= sources.monotonic()
    assert sources.new_id() != sources.new_id()


def test_others_hold_for_the_block_only() -> None:
    """Also where the block ends by an error."""
    with sources.replaced(_Fixed()):
        assert (sources.now().year, sources.new_id()) == (2030, UUID(int=7))
    with pytest.raises(ZeroDivisionError), sources.replaced(_Fixed()):
        1 / 0  # noqa: B018 - it fails
    assert sources.now().year != 2030
    assert sources.new_id() != UUID(int=7)


def test_pauses_can_be_repeated() -> None:
    """The pause before the next attempt differs from run to run, unless chance comes from a seed."""
    rule = Backoff(first=timedelta(seconds=10))

    def pauses() -> list[timedelta]:
        _Fixed.chance.seed(5)
        with sources.replaced(_Fixed()):
            return [pause_after(rule, attempt) for attempt in (1, 2, 3)]

    assert pauses() == pauses()
    assert pauses() != [pause_after(rule, attempt) for attempt in (1, 2, 3)]


def test_a_new_thing_asks_for_its_id() -> None:
    """A default of a dataclass reads the source that stands as the thing is made."""
    (field,) = (field for field in fields(Notice) if field.name == "id")
    assert callable(field.default_factory)
    with sources.replaced(_Fixed()):
        assert field.default_factory() == UUID(int=7)
