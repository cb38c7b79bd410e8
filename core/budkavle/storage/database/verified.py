"""Whether the connection to a database on another machine is encrypted, and its server's certificate verified."""

import os
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from budkavle.networks import is_own_machine
from budkavle.storage.database.connections import libpq_words

VERIFIED: Final = frozenset({"verify-ca", "verify-full"})
"""Values of libpq's `sslmode` that verify the server's certificate; with all others, anybody can impersonate it."""


def unverified_host(url: str) -> str | None:
    """Return the first host on another machine that a URL reaches without verifying its certificate; None if none.

    Args:
        url: SQLAlchemy's or libpq's; libpq takes missing parts from the environment (`PGSSLMODE`, `PGHOST`).

    Raises:
        Misconfigured: It cannot be read.
    """
    words = conninfo_to_dict(libpq_words(url, 0))
    if (words.get("sslmode") or os.environ.get("PGSSLMODE")) in VERIFIED or words.get("sslrootcert") == "system":
        return None  # with `system`, libpq requires verify-full
    hosts = str(words.get("hostaddr") or words.get("host") or os.environ.get("PGHOST", "")).split(",")
    return next((host for host in hosts if not is_own_machine(host)), None)
