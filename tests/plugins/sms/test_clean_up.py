"""Numbers and texts go with the message that they were about."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from budkavle import Platform
from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract
from budkavle_sms.tables import outbox


class TestCleanUp(CleanUpContract):
    """What an older version has sent about a delivery; notices are the core's to forget."""

    @pytest.fixture
    def plugins(self, platform: Platform, sms_plugin: Any) -> Plugins:
        plugins: Plugins = platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "sms"

    @pytest.fixture
    def destroyed(self, sms_plugin: Any) -> Destroyed:
        delivery_id = uuid4()
        texts = {"kind": "notice", "state": "DELIVERED", "gateway": "fake", "failure": "", "sealed": b"", "attempt": 1}
        times = dict.fromkeys(("due_at", "expires_at", "created_at", "changed_at"), func.now())
        row = {
            "organisation_id": sms_plugin.organisation.id,
            "id": uuid4(),
            "delivery_id": delivery_id,
            **texts,
            **times,
        }
        with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
            connection.execute(insert(outbox).values(row))
        return Destroyed(sms_plugin.organisation.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, sms_plugin: Any, destroyed: Destroyed) -> Callable[[], int]:
        query = select(func.count()).where(outbox.c.delivery_id.in_(destroyed.delivery_ids))

        def count() -> int:
            with sms_plugin.host.transaction(sms_plugin.organisation.id) as connection:
                return int(connection.execute(query).scalar_one())

        return count
