"""What the core requires of a plugin's outbox."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from budkavle.model.errors import Temporary
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.testing.contracts.base import ORGANISATION


class OutboxContract:
    """What the core requires of a plugin's outbox.

    Provide `outbox`, `entry` and `done`; and `broken`, a block during which the peer cannot be reached.
    """

    @pytest.fixture
    def outbox(self) -> Outbox:
        """Return the outbox; to be overridden."""
        pytest.fail("a contract needs the fixture `outbox`")

    @pytest.fixture
    def entry(self) -> OutboxEntry:
        """Return an entry that can be handled; to be overridden, perhaps by `self.entry_of(content, key)`."""
        pytest.fail("a contract needs the fixture `entry`")

    @pytest.fixture
    def done(self) -> Callable[[], int]:
        """Return a function that counts how often something has been done; to be overridden."""
        pytest.fail("a contract needs the fixture `done`")

    @pytest.fixture
    def broken(self) -> AbstractContextManager[None]:
        """Return a block in which the peer cannot be reached; to be overridden."""
        pytest.fail("a contract needs the fixture `broken`")

    @staticmethod
    def entry_of(content: bytes, key: str = "", organisation_id: object = ORGANISATION) -> OutboxEntry:
        """Return an entry at its first try."""
        values = {"id": uuid4(), "attempt": 1, "is_unsure": False, "queued_at": datetime.now(UTC)}
        return OutboxEntry(organisation_id=organisation_id, key=key, content=content, **values)  # type: ignore[arg-type]

    def test_it_keeps_the_promise(self, outbox: Outbox) -> None:
        """Its functions take the arguments that they are called with."""
        assert [str(fault) for fault in conformance.faults("outboxes", outbox)] == []
        assert conformance.NAME.fullmatch(outbox.name)

    def test_an_entry_is_done_once(self, outbox: Outbox, entry: OutboxEntry, done: Callable[[], int]) -> None:
        """It returns None when it is done."""
        assert call(outbox.handle, entry) is None
        assert done() == 1

    def test_what_cannot_be_done_now_is_temporary(
        self, outbox: Outbox, entry: OutboxEntry, done: Callable[[], int], broken: AbstractContextManager[None]
    ) -> None:
        """Then the core tries again, and it is done."""
        with broken, pytest.raises(Temporary):
            call(outbox.handle, entry)
        assert done() == 0
        call(outbox.handle, replace(entry, attempt=2))
        assert done() == 1
