"""Entries for a proof: which they are, and that each carries its place in the chain."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from budkavle.model.errors import Forbidden
from budkavle.model.people import ActorScope, SystemActor
from budkavle.storage import audit
from budkavle.storage.events.signed import SignedEntry, signed_entries
from budkavle.storage.events.verifying import first_hash
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log
from budkavle.storage.vault import head_bytes
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Note = Callable[[str], None]
Find = Callable[..., list[SignedEntry]]


@pytest.fixture
def note(platform: Platform, organisation: SampleOrganisation) -> Note:
    """Write an entry with a mark."""
    return lambda mark: in_work(platform, organisation.system, lambda work: audit.record(work, "test.noted", mark=mark))


@pytest.fixture
def find(platform: Platform, organisation: SampleOrganisation) -> Find:
    """Read the entries with one of some marks."""
    reader = SystemActor(organisation.id, "Provaren", frozenset({ActorScope.READ}))
    return lambda *marks, by=reader: in_work(platform, by, signed_entries, marks, LONG_AGO, "mark")


def test_an_entry_carries_the_hash_before_it_and_the_signature_of_its_own(
    platform: Platform, organisation: SampleOrganisation, note: Note, find: Find
) -> None:
    """With that, somebody who has nothing else of the log verifies it."""
    for mark in ("a", "b", "a"):
        note(mark)
    entries = find("a")
    with platform.work(organisation.system) as work:
        rows = select(audit_log.c.number, audit_log.c.hash).where(audit_log.c.organisation_id == organisation.id)
        hashes = {row.number: row.hash for row in work.connection.execute(rows)}
        key = work.vault.public_key(organisation.id, work.connection)
    assert len(entries) == 2
    assert entries[0].number < entries[1].number
    for one in entries:
        assert one.before == hashes[one.number - 1]
        assert hashlib.sha256(one.before + str(one.number).encode() + one.entry.encode()).digest() == one.hash
        key.verify(one.signature, head_bytes(organisation.id, one.number, one.hash))


def test_the_first_entry_follows_the_name_of_its_log(
    platform: Platform, organisation: SampleOrganisation, find: Find
) -> None:
    """The log of an organisation begins with the organisation itself."""
    reader = SystemActor(organisation.id, "Provaren", frozenset({ActorScope.READ}))
    first, *_ = in_work(platform, reader, signed_entries, [str(organisation.id)], LONG_AGO, "thing")
    assert (first.number, first.before) == (1, first_hash(organisation.id))


def test_only_entries_with_the_very_value_are_taken(note: Note, find: Find) -> None:
    """However the database reads it as a pattern, and wherever else in an entry it stands."""
    for mark in ("a_b", "axb", "a%", '"mark":"a_b"'):
        note(mark)
    assert ["a_b" in one.entry for one in find("a_b")] == [True]
    assert len(find("a%")) == 1
    assert find("b") == []


def test_who_may_not_read_the_log_gets_no_entry(organisation: SampleOrganisation, note: Note, find: Find) -> None:
    """Whatever it names."""
    note("a")
    with pytest.raises(Forbidden):
        find("a", by=SystemActor(organisation.id, "Provaren", frozenset()))
