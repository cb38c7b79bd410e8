"""The installation's own event log, read in a test."""

import json
from typing import Any

from sqlalchemy import text

from budkavle.model.people import INSTALLATION
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform


def installation_entries(platform: Platform, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a kind in the installation's own event log, the earliest first.

    Args:
        platform: The installation.
        kind: The kind, such as `sign-in.unknown`.
    """
    chain_log(platform.database, INSTALLATION)
    query = "SELECT entry FROM audit_log WHERE organisation_id = :log AND kind = :kind ORDER BY number"
    with platform.database.transaction(INSTALLATION) as connection:
        rows = connection.execute(text(query), {"log": INSTALLATION, "kind": kind})
        return [json.loads(row.entry) for row in rows]
