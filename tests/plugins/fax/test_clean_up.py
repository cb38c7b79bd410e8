"""What the carrier said of a fax goes with the message."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from budkavle import Host, Platform
from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract, SampleOrganisation
from budkavle_fax.parts import Parts
from budkavle_fax.tables import jobs


class TestCleanUp(CleanUpContract):
    """The rows of a delivery at the carrier."""

    @pytest.fixture
    def plugins(self, platform: Platform) -> Plugins:
        plugins: Plugins = platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "fax"

    @pytest.fixture
    def destroyed(self, organisation: SampleOrganisation, parts: Parts) -> Destroyed:
        delivery_id = uuid4()
        row = parts.submissions.begin(organisation.id, delivery_id, 2)
        parts.submissions.write(row, reason="Numret 0101234567 svarar inte.")
        return Destroyed(organisation.id, (), (uuid4(),), (delivery_id,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, organisation: SampleOrganisation, host: Host, destroyed: Destroyed) -> Callable[[], int]:
        query = select(func.count()).where(jobs.c.delivery_id.in_(destroyed.delivery_ids))

        def count() -> int:
            with host.transaction(organisation.id) as connection:
                return int(connection.execute(query).scalar_one())

        return count
