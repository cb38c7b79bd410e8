"""Number and text of a notice go with the message that it was about."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract
from budkavle_sms.outbox import Content, Kind
from budkavle_sms.tables import outbox


class TestCleanUp(CleanUpContract):
    """What was queued about a delivery."""

    @pytest.fixture
    def plugins(self, house: Any) -> Plugins:
        plugins: Plugins = house.platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "sms"

    @pytest.fixture
    def destroyed(self, house: Any) -> Destroyed:
        delivery_id = uuid4()
        house.parts.outbox.add(
            house.id, Kind.NOTICE, Content("+46701234512", "Habo", "Du har post"), timedelta(1), delivery_id
        )
        return Destroyed(house.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, house: Any, destroyed: Destroyed) -> Callable[[], int]:
        query = select(func.count()).where(outbox.c.delivery_id.in_(destroyed.delivery_ids))

        def count() -> int:
            with house.host.transaction(house.id) as connection:
                return int(connection.execute(query).scalar_one())

        return count
