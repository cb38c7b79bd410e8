"""A directory's data on a user, as stored sealed in its row."""

import json
from typing import Any

from budkavle import Work


def opened(work: Work, row: Any) -> dict[str, Any]:
    """Return the document of a user's row."""
    plain = work.vault.open_small(work.organisation_id, f"scim-user:{row.id}", bytes(row.sealed))
    document: dict[str, Any] = json.loads(plain)
    return document
