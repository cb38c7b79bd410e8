"""A plugin that holds back, and what a test counts of what is left."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from budkavle.model.messages import File
from budkavle.operations import Destroyed, PlannedDestruction
from budkavle.testing.organisations import SampleOrganisation

WHY = "Tiden i planen har gått ut."
PDF = File("a.pdf", "application/pdf", b"%PDF-1.7")


class Keeper:
    """What the plugin `keeper` does: it answers `holds`, and remembers what it was asked and told."""

    def __init__(self) -> None:
        self.asked: list[PlannedDestruction] = []
        self.told: list[Destroyed] = []
        self.holds: Callable[[PlannedDestruction], Any] = lambda planned: []
        self.failures: list[Exception] = []

    def hold_back(self, planned: PlannedDestruction) -> Any:
        self.asked.append(planned)
        return self.holds(planned)

    def clean_up(self, destroyed: Destroyed) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append(destroyed)


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Sequence[Any]:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def messages_of(organisation: SampleOrganisation, case_id: UUID) -> list[UUID]:
    query = "SELECT id FROM messages WHERE case_id = :case ORDER BY created_at"
    return [row.id for row in rows(organisation, query, case=case_id)]


def keys(organisation: SampleOrganisation) -> int:
    return int(rows(organisation, "SELECT count(*) AS n FROM content_keys")[0].n)


def facts(entries: Sequence[str]) -> list[dict[str, Any]]:
    return [json.loads(entry)["facts"] for entry in entries]
