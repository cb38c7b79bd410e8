"""Which browser a token came from first: an app gets the same token for an hour, and another browser has stolen it."""

import hmac
from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host


class TokenBrowsers(Protocol):
    """Binds each token to the first browser that brings it."""

    def claim(self, token: str, browser: str, expires_at: float) -> bool:
        """Bind a token to a browser, unless it is bound to another one.

        Args:
            token: The token.
            browser: The identifier of the browser.
            expires_at: When the token expires, in seconds since 1970.

        Returns:
            Whether the token belongs to this browser.
        """
        ...


def token_table(name: str, metadata: sa.MetaData) -> sa.Table:
    """Return the table of a plugin for `TokenBrowserTable`, as its migration creates it."""
    return sa.Table(
        name,
        metadata,
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


class TokenBrowserTable:
    """A table of the plugin, shared by all processes. It contains keyed hashes and no token.

    Args:
        host: The plugin's view of the installation.
        table: The plugin's table, as `token_table` returns it.
        name: A name in the keys of the hashes, which must never change.
    """

    def __init__(self, host: Host, table: sa.Table, name: str) -> None:
        self._host, self._table, self._name = host, table, name

    def claim(self, token: str, browser: str, expires_at: float) -> bool:
        """Bind a token to a browser, unless it is bound to another one; see `TokenBrowsers`."""
        token_hash = self._host.vault.subject_hash(f"{self._name}-token", token)
        browser_hash = self._host.vault.subject_hash(f"{self._name}-browser", browser)
        row = {"hash": token_hash, "browser": browser_hash, "expires_at": datetime.fromtimestamp(expires_at, UTC)}
        with self._host.transaction(None) as connection:
            connection.execute(insert(self._table).values(row).on_conflict_do_nothing())
            query = sa.select(self._table.c.browser).where(self._table.c.hash == token_hash)
            first_browser = connection.execute(query).scalar_one()
        return hmac.compare_digest(first_browser, browser_hash)

    def sweep(self) -> int:
        """Delete expired tokens, as a job. Returns 0, since one run deletes them all."""
        with self._host.transaction(None) as connection:
            ended = self._table.c.expires_at < sa.func.now() - sa.text("interval '5 minutes'")
            connection.execute(sa.delete(self._table).where(ended))
        return 0
