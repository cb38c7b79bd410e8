"""A process that links the entries of a log, and dies before or after its commit."""

import os
import signal
import sys

import psycopg


def main() -> None:
    """Link a few entries and die by SIGKILL."""
    conninfo, organisation, when = sys.argv[1:]
    with psycopg.connect(conninfo) as connection:
        connection.execute("SELECT audit_chain(%s, 4, true)", [organisation])
        if when == "after":
            connection.commit()
        os.kill(os.getpid(), signal.SIGKILL)


main()
