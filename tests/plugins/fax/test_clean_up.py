"""What the carrier said of a fax goes with the message."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract
from budkavle_fax.tables import jobs


class TestCleanUp(CleanUpContract):
    """The rows of a delivery at the carrier."""

    @pytest.fixture
    def plugins(self, house: Any) -> Plugins:
        plugins: Plugins = house.platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "fax"

    @pytest.fixture
    def destroyed(self, house: Any) -> Destroyed:
        delivery_id = uuid4()
        row = house.parts.submissions.begin(house.organisation.id, delivery_id, 2)
        house.parts.submissions.write(row, reason="Numret 0101234567 svarar inte.")
        return Destroyed(house.organisation.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, house: Any, destroyed: Destroyed) -> Callable[[], int]:
        query = select(func.count()).where(jobs.c.delivery_id.in_(destroyed.delivery_ids))

        def count() -> int:
            with house.host.transaction(house.organisation.id) as connection:
                return int(connection.execute(query).scalar_one())

        return count
