"""Looking at closed accounts, and letting time have passed since they were closed."""

from datetime import datetime
from typing import Any

from budkavle.testing.organisations import SampleOrganisation, SampleUser


def closed_since(organisation: SampleOrganisation, user: SampleUser, at: datetime) -> None:
    """Let an account have been closed at a moment."""
    query = "UPDATE users SET closed_at = :at WHERE id = :id RETURNING 1"
    assert organisation.rows(query, at=at, id=user.id)


def account(organisation: SampleOrganisation, user: SampleUser) -> Any:
    """Return the row of an account."""
    (row,) = organisation.rows("SELECT * FROM users WHERE id = :id", id=user.id)
    return row
