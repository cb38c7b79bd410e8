"""Which browser a token came from first: Teams gives the same token for an hour, and another browser's is a thief's."""

import hmac
from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host
from budkavle_teams.tables import teams_tokens


class TokenBrowsers(Protocol):
    """Binds each token to the first browser that brings it."""

    def claim(self, token: str, browser: str, expires_at: float) -> bool:
        """Bind a token to a browser, unless another browser has it.

        Args:
            token: The token.
            browser: What names the browser.
            expires_at: When the token ends, in seconds since 1970.

        Returns:
            Whether the token belongs to this browser.
        """
        ...


class TokenBrowserTable:
    """The table `teams_tokens`, shared by all processes; it holds keyed hashes and no token.

    Args:
        host: The plugin's view of the installation.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def claim(self, token: str, browser: str, expires_at: float) -> bool:
        """Bind a token to a browser, unless another browser has it; see `TokenBrowsers`."""
        token_hash = self._host.vault.subject_hash("teams-token", token)
        browser_hash = self._host.vault.subject_hash("teams-browser", browser)
        row = {"hash": token_hash, "browser": browser_hash, "expires_at": datetime.fromtimestamp(expires_at, UTC)}
        with self._host.transaction(None) as connection:
            connection.execute(insert(teams_tokens).values(row).on_conflict_do_nothing())
            query = sa.select(teams_tokens.c.browser).where(teams_tokens.c.hash == token_hash)
            first_browser = connection.execute(query).scalar_one()
        return hmac.compare_digest(first_browser, browser_hash)

    def sweep(self) -> int:
        """Delete tokens that have ended. A job; returns 0, since one run deletes them all."""
        with self._host.transaction(None) as connection:
            ended = teams_tokens.c.expires_at < sa.func.now() - sa.text("interval '5 minutes'")
            connection.execute(sa.delete(teams_tokens).where(ended))
        return 0
