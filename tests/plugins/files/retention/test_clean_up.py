"""Where a file was saved from is forgotten with the message; the file itself stays."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import insert
from tests.plugins.files.conftest import Files

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle.plugins.registry import Plugins
from budkavle.testing import CleanUpContract, SampleOrganisation, SampleUser
from budkavle_files.tables import origins
from budkavle_files.tree.things import Entry


class TestCleanUp(CleanUpContract):
    """The rows that say from which message a file was saved."""

    @pytest.fixture
    def plugins(self, host: Host) -> Plugins:
        plugins: Plugins = host.platform.plugins
        return plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "files"

    @pytest.fixture
    def destroyed(
        self, organisation: SampleOrganisation, files: Files, case_worker: SampleUser, catalogue: Entry
    ) -> Destroyed:
        case_id, message_id = uuid4(), uuid4()
        for number, (case, message) in enumerate(((case_id, uuid4()), (uuid4(), message_id))):
            entry = files.file(case_worker, catalogue, f"Intyg {number}.txt")
            row = {"organisation_id": organisation.id, "entry_id": entry.id, "case_id": case, "message_id": message}
            with files.host.transaction(organisation.id) as connection:
                connection.execute(insert(origins).values(row))
        return Destroyed(organisation.id, (case_id,), (message_id,), (), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, files: Files, case_worker: SampleUser, catalogue: Entry) -> Callable[[], int]:
        def count() -> int:
            assert len(files.names(case_worker, catalogue)) == 2
            return len(files.rows("SELECT 1 FROM files_origins"))

        return count
