"""What a message costs the database on its way there and back: each durable commit waits for the disk, or a standby."""

import re
from typing import Any

import pytest

from budkavle.operations.worker import BATCH

_WRITES = re.compile(rb"INSERT INTO|DELETE FROM|audit_write|(?<!FOR )UPDATE (?!SKIP)")
_LOOKS = re.compile(rb"list_lane|claim_|set_config|COMMIT|schedule")
"""How workers look for something to do, however often they have to."""


@pytest.fixture
def round_trip(
    municipality: Any,
    region: Any,
    sdk_worker: Any,
    transactions: list[list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> list[list[bytes]]:
    """The transactions of a message until its receipt has come, all that happens once for a peer done before."""
    # However slow the machine: results that have waited longer are made durable.
    monkeypatch.setattr("budkavle.operations.batches.result_buffer.DURABLE_AFTER", 60.0)
    for _ in range(2):
        transactions.clear()
        municipality.send(region.address())
        sdk_worker.settle()
    assert municipality.organisation.delivery_states() == ["ACKNOWLEDGED"] * 2
    return transactions[:]


def test_a_message_waits_for_the_disk_three_times_at_its_sender_and_once_at_its_recipient(
    round_trip: list[list[bytes]],
) -> None:
    """Stored, its bytes kept before they are handed over, and its receipt; received there, with the receipt to send."""
    durable = [b" ".join(one) for one in round_trip if not any(b"synchronous_commit" in sql for sql in one)]
    waiting = [one for one in durable if _WRITES.search(one)]
    sent, kept, received, acknowledged = waiting
    assert b"WITH letter" in sent
    assert b"SET wire" in kept
    assert b"INSERT INTO sdk_arrivals" in received
    assert b"INSERT INTO receipts" in acknowledged


def test_a_round_trip_takes_no_more_statements_than_it_did(round_trip: list[list[bytes]]) -> None:
    """What workers ask to find something to do is not counted; who adds a statement for each message sees it here."""
    statements = [sql for one in round_trip for sql in _acting(one)]
    assert len(statements) <= 52


def test_the_bytes_that_a_message_came_in_are_written_and_never_read(round_trip: list[list[bytes]]) -> None:
    """Who proves something reads them; a worker that sends or receives has them in its hand."""
    naming = [sql for one in round_trip for sql in one if b"evidence" in sql]
    assert naming
    assert all(sql.split()[0] == b"INSERT" for sql in naming)


@pytest.fixture
def drained(municipality: Any, region: Any, sdk_worker: Any, transactions: list[list[bytes]]) -> dict[str, Any]:
    """What `BATCH` messages that wait at the access point cost their recipient, all that happens once done before."""
    costs: dict[str, Any] = {}
    for _ in range(2):
        for _ in range(BATCH):
            municipality.send(region.address())
        sdk_worker.deliver()
        transactions.clear()
        assert sdk_worker.fetch() == BATCH
        costs["received"] = transactions[:]
        transactions.clear()
        sdk_worker.deliver()
        costs["receipted"] = transactions[:]
        sdk_worker.settle()
    return costs


@pytest.mark.feature("SD7")
def test_what_has_piled_up_costs_a_message_no_more_statements_than_it_did(drained: dict[str, Any]) -> None:
    """Each is received by itself, and the receipts of a batch are claimed, loaded and recorded together."""
    received, receipted = ([_acting(one) for one in drained[name]] for name in ("received", "receipted"))
    assert len(received) == BATCH
    assert sum(map(len, received)) <= BATCH * 22
    recorded = [one for one in receipted if one]
    assert len(recorded) <= BATCH + 2, "one loads them, and one records the last"
    assert sum(map(len, recorded)) <= BATCH * 4 + 2


def _acting(transaction: list[bytes]) -> list[bytes]:
    """Return the statements that do something with what was found."""
    return [sql for sql in transaction if not _LOOKS.search(sql)]
