"""What an outbox and its entries promise to whoever writes a plugin."""

from datetime import timedelta
from uuid import uuid4

import pytest

from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff


def test_a_wrong_outbox_is_refused_where_it_is_made() -> None:
    """The author's own line is in sight."""
    for wrong in ({"every": timedelta(0)}, {"backoff": Backoff(tries=0)}):
        with pytest.raises(Exception, match="utkorgen letters"):
            Outbox("letters", print, **wrong)  # type: ignore[arg-type]


def test_the_contract_of_entries_is_closed() -> None:
    """The content is not shown where an entry is."""
    entry = OutboxEntry(uuid4(), uuid4(), "k", b"hemligt", 1, False, None)  # type: ignore[arg-type]
    assert "hemligt" not in repr(entry)
