"""Numbers and texts go with the message that they were about."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract
from budkavle_sms.tables import outbox


class TestCleanUp(CleanUpContract):
    """What an older version has sent about a delivery; notices are the core's to forget."""

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
        texts = {"kind": "notice", "state": "DELIVERED", "gateway": "fake", "failure": "", "sealed": b"", "attempt": 1}
        times = dict.fromkeys(("due_at", "expires_at", "created_at", "changed_at"), func.now())
        row = {"organisation_id": house.id, "id": uuid4(), "delivery_id": delivery_id, **texts, **times}
        with house.host.transaction(house.id) as connection:
            connection.execute(insert(outbox).values(row))
        return Destroyed(house.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, house: Any, destroyed: Destroyed) -> Callable[[], int]:
        query = select(func.count()).where(outbox.c.delivery_id.in_(destroyed.delivery_ids))

        def count() -> int:
            with house.host.transaction(house.id) as connection:
                return int(connection.execute(query).scalar_one())

        return count
