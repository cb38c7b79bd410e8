"""Spans of the event log that a third party stamps: what is stamped, who may ask, and what is left out."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from budkavle.model.errors import Forbidden
from budkavle.model.people import ActorScope, SystemActor
from budkavle.plugins.protocols.log_stamp import LogStamp
from budkavle.storage import audit
from budkavle.storage.events import stamps
from budkavle.storage.events.stamps import merkle_root, next_log_span, stamped_spans
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def stamp(first: int, last: int) -> LogStamp:
    return LogStamp(first, last, AT, "Prov", b"stamp", lambda text: None)


@pytest.fixture
def asked() -> list[Sequence[int]]:
    """What the plugin was asked about."""
    return []


@pytest.fixture
def town(budkavle_open: Callable[..., Platform], asked: list[Sequence[int]]) -> SampleOrganisation:
    """An organisation whose log has some entries; one plugin has stamps, and another fails."""

    def log_stamps(organisation_id: UUID, numbers: Sequence[int]) -> list[LogStamp]:
        asked.append(numbers)
        return [stamp(1, 3), stamp(4, 5), stamp(6, 999_999), stamp(999_998, 999_999)]

    def broken(numbers: Sequence[int]) -> list[LogStamp]:
        raise RuntimeError(str(numbers))

    keeper, failing = plugin_module("keeper", log_stamps=log_stamps), plugin_module("broken", log_stamps=broken)
    offers = offer(keeper=keeper, broken=failing)
    town = SampleOrganisation.create(budkavle_open(offers, enabled=("keeper", "broken")), "Habo")
    for _ in range(8):
        with town.platform.work(system_actor(town.id)) as work:
            audit.record(work, "test.noted")
    return town


@pytest.mark.feature("ZR6")
def test_an_entry_leads_to_the_root_of_its_span(town: SampleOrganisation, asked: list[Sequence[int]]) -> None:
    """One plugin that fails is passed over; a stamp of a span that the log does not have, or not whole, is left out."""
    reader = SystemActor(town.id, "Provaren", frozenset({ActorScope.READ}))
    first, second = in_work(town.platform, reader, stamped_spans, [2, 5])
    assert asked == [(2, 5)]
    assert (first.stamp.last, second.stamp.last) == (3, 5)
    assert set(first.paths) == {2}
    assert set(second.paths) == {5}
    span = in_work(town.platform, reader, next_log_span, 0)
    assert span is not None
    assert f"root={merkle_root(span.hashes[:3]).hex()}".encode() in first.text
    assert f"head={span.hashes[2].hex()}".encode() in first.text
    assert second.paths[5] == [stamps.merkle_root([span.hashes[3]])]


@pytest.mark.feature("ZR6")
def test_a_log_that_has_grown_by_much_is_stamped_in_pieces(
    town: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece follows the last one, and the end is the end."""
    monkeypatch.setattr(stamps, "LONGEST_SPAN", 3)
    reader, after, pieces = SystemActor(town.id, "Provaren", frozenset({ActorScope.READ})), 0, []
    while span := in_work(town.platform, reader, next_log_span, after):
        pieces.append((span.first, span.last))
        after = span.last
    assert [last - first + 1 for first, last in pieces[:-1]] == [3] * (len(pieces) - 1)
    assert [first for first, _ in pieces] == [1, *(last + 1 for _, last in pieces[:-1])]
    assert after >= 8


@pytest.mark.feature("ZR6")
def test_who_may_not_read_the_log_gets_nothing(town: SampleOrganisation, asked: list[Sequence[int]]) -> None:
    """Hashes and stamps are the log's, and no third party is asked for a stamp."""
    nobody = SystemActor(town.id, "Provaren", frozenset())
    with pytest.raises(Forbidden):
        in_work(town.platform, nobody, next_log_span, 0)
    with pytest.raises(Forbidden):
        in_work(town.platform, nobody, stamped_spans, [1])
    assert asked == []
