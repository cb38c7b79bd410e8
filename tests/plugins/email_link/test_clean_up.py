"""The reader's address goes with the message; who follows the link is still told that it is gone."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.operations import Destroyed, destroy
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract, do_job, in_work, system_actor
from budkavle_email_link.links import Links, Reader


class TestCleanUp(CleanUpContract):
    """The link of a delivery, with the address that reminders go to."""

    @pytest.fixture
    def plugins(self, email_link: Any) -> Plugins:
        plugins: Plugins = email_link.platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "email_link"

    @pytest.fixture
    def destroyed(self, email_link: Any) -> Destroyed:
        delivery_id = uuid4()
        Links(email_link.host).make(
            email_link.organisation.id, delivery_id, Reader("maria@exempel.example", "sv", identify=False)
        )
        return Destroyed(email_link.organisation.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, email_link: Any, destroyed: Destroyed) -> Callable[[], int]:
        def count() -> int:
            links = (Links(email_link.host).of(email_link.organisation.id, one) for one in destroyed.delivery_ids)
            return sum(link is not None and link.reader.email != "" for link in links)

        return count


def test_a_reader_is_told_that_the_message_is_gone(email_link: Any, reader: Callable[..., Any]) -> None:
    """No reminder is sent, and the link's page says what has become of the message."""
    message = email_link.write()
    opened = reader()
    administrator = system_actor(email_link.organisation.id)
    result = in_work(email_link.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[message.case_id])
    assert result.case_ids == (message.case_id,)
    do_job(email_link.platform, "outbox.budkavle.clean-up.email_link")
    (row,) = email_link.organisation.rows("SELECT remind_at, over_at FROM email_link_links")
    assert (row.remind_at, row.over_at is not None) == (None, True)
    assert "Meddelandet finns inte kvar" in opened.get().text
