"""Whether the way to a database of another machine is sealed, and by whom."""

import os
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from budkavle.networks import is_own_machine
from budkavle.storage.database.connections import libpq_words

VERIFIED: Final = frozenset({"verify-ca", "verify-full"})
"""Those of libpq's `sslmode` that judge the server's certificate; with all others anybody on the way can be it."""


def unverified_host(url: str) -> str | None:
    """Return the first host of another machine that a URL reaches without judging its certificate; None: there is none.

    Args:
        url: SQLAlchemy's or libpq's; what it leaves out, libpq takes from the environment (`PGSSLMODE`, `PGHOST`).

    Raises:
        Misconfigured: It cannot be read.
    """
    words = conninfo_to_dict(libpq_words(url, 0))
    if (words.get("sslmode") or os.environ.get("PGSSLMODE")) in VERIFIED or words.get("sslrootcert") == "system":
        return None  # with `system`, libpq takes nothing less than verify-full
    hosts = str(words.get("hostaddr") or words.get("host") or os.environ.get("PGHOST", "")).split(",")
    return next((host for host in hosts if not is_own_machine(host)), None)
