"""The exact bytes that a message came in, or that went out: who proves something or hands them over reads them."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from budkavle.cases import inbox
from budkavle.cases.finding import index
from budkavle.deliveries.delivery_history import histories_of
from budkavle.messaging import case_view
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def statements(platform: Platform) -> Iterator[list[str]]:
    """What SQLAlchemy asks from here on."""
    asked = list[str]()

    def note(*call: Any) -> None:
        asked.append(call[2])

    event.listen(platform.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(platform.database.engine, "before_cursor_execute", note)


def test_a_message_is_read_without_the_bytes_that_it_came_in(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, statements: list[str]
) -> None:
    """Neither by the index nor by who opens its case: they may be larger than all the rest."""
    case_id = organisation.arrive("Sommarläger", evidence=b"<xhe/>")
    statements.clear()
    assert index.index_cases(platform) == 1
    assert in_work(platform, case_worker, case_view.case, case_id).thread
    assert any("messages.body" in sql for sql in statements)
    assert not any("evidence" in sql for sql in statements)


def test_what_was_sent_is_listed_without_its_bytes_and_those_of_its_receipts(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, statements: list[str]
) -> None:
    """And without its text, which a list does not show."""
    message = organisation.send(case_worker, "Sommarläger")
    statements.clear()
    (listed,) = in_work(platform, case_worker, inbox.sent, message.mailbox_id).items
    (recipient,) = listed.recipients
    assert in_work(platform, case_worker, histories_of, [recipient.delivery_id])
    assert any("FROM deliveries" in sql for sql in statements)
    assert any("FROM receipts" in sql for sql in statements)
    assert not any(name in sql for sql in statements for name in ("evidence", "deliveries.wire", "messages.body"))
