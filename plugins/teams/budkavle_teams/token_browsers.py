"""Which browser a token came from first: Teams gives the same token for an hour, and another browser's is a thief's."""

import hmac
from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host

_metadata = sa.MetaData()
teams_tokens = sa.Table(
    "teams_tokens",
    _metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)


class Seen(Protocol):
    """Tells a token's own browser from every other."""

    def own(self, token: str, browser: str, until: float) -> bool:
        """Tell whether the token has been seen in no other browser; it belongs to this one from now on."""
        ...


class SeenTokens:
    """The table `teams_tokens`, shared by all processes; it holds keyed hashes and no token.

    Args:
        host: The plugin's view of the installation.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def own(self, token: str, browser: str, until: float) -> bool:
        """Tell whether the token has been seen in no other browser."""
        hashed = self._host.vault.subject_hash("teams-token", token)
        here = self._host.vault.subject_hash("teams-browser", browser)
        row = {"hash": hashed, "browser": here, "expires_at": datetime.fromtimestamp(until, UTC)}
        with self._host.transaction(None) as connection:
            connection.execute(insert(teams_tokens).values(row).on_conflict_do_nothing())
            query = sa.select(teams_tokens.c.browser).where(teams_tokens.c.hash == hashed)
            first = connection.execute(query).scalar_one()
        return hmac.compare_digest(first, here)

    def sweep(self) -> int:
        """Forget tokens that are over. Run it as a job; returns 0, since one run does it all."""
        with self._host.transaction(None) as connection:
            over = teams_tokens.c.expires_at < sa.func.now() - sa.text("interval '5 minutes'")
            connection.execute(sa.delete(teams_tokens).where(over))
        return 0
