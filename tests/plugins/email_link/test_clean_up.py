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
    def plugins(self, house: Any) -> Plugins:
        plugins: Plugins = house.platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "email_link"

    @pytest.fixture
    def destroyed(self, house: Any) -> Destroyed:
        delivery_id = uuid4()
        Links(house.host).make(
            house.organisation_id, delivery_id, Reader("maria@exempel.example", "sv", identify=False)
        )
        return Destroyed(house.organisation_id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, house: Any, destroyed: Destroyed) -> Callable[[], int]:
        def count() -> int:
            links = (Links(house.host).of(house.organisation_id, one) for one in destroyed.delivery_ids)
            return sum(link is not None and link.reader.email != "" for link in links)

        return count


def test_a_reader_is_told_that_the_message_is_gone(house: Any, reader: Callable[..., Any]) -> None:
    """No reminder is sent, and the link's page says what has become of the message."""
    message = house.write()
    opened = reader()
    administrator = system_actor(house.organisation_id)
    result = in_work(house.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[message.case_id])
    assert result.case_ids == (message.case_id,)
    do_job(house.platform, "outbox.budkavle.clean-up.email_link")
    (row,) = house.rows("SELECT remind_at, over_at FROM email_link_links")
    assert (row.remind_at, row.over_at is not None) == (None, True)
    assert "Meddelandet finns inte kvar" in opened.get().text
