"""The database's health: whether its tables match this version, notifications arrive, and old rows are removed."""

from collections.abc import Iterable
from time import monotonic
from typing import Final
from uuid import uuid4

from budkavle.model.errors import Unavailable
from budkavle.model.sentences import Sentence
from budkavle.plugins.protocols.health import Health
from budkavle.storage.database.connections import Database
from budkavle.storage.database.listener import notices_statement
from budkavle.storage.database.revisions import HOME, PluginMigrations, history, read_version
from budkavle.storage.pipeline import QueryFile, Statement

HEARD_SECONDS: Final = 2.0
MOST_OLD_ROWS: Final = 100_000
"""Old rows that the server keeps in a queue; reading past them takes a tenth of a second each time."""
QUEUES: Final = ("deliveries", "audit_pending", "search_cases", "counters")
"""Tables whose rows are read and replaced all the time, so that old rows slow them down first."""
_PROBE: Final = "budkavle_probe"


class _Queries(QueryFile):
    find_old_rows: Statement


QUERIES = _Queries.load()


def judge_tables(database: Database, plugins: PluginMigrations) -> Health:
    """Report whether the tables are those of this version, older, or newer.

    Newer ones are fine: a migration keeps what the previous version needs, so that hosts can be upgraded one after the
    other.
    """
    behind: list[str | Sentence] = []
    newer: list[str | Sentence] = []
    for name, folder in ((None, HOME / "versions"), *plugins):
        with database.transaction(None) as connection:
            version = read_version(connection, name)
        if version != history(str(folder)).heads:
            (newer if version - history(str(folder)).revisions else behind).append(name or Sentence("kärnan"))
    if behind:
        sentence = "Tabellerna är inte uppdaterade: {plugins}."
        return Health("Tabellerna", False, sentence, "Kör: budkavle migrate", _named(behind))
    if newer:
        sentence = "Tabellerna är nyare än programmet här: {plugins}. Det fungerar medan ni uppgraderar."
        return Health("Tabellerna", True, sentence, "Uppgradera programmet här också.", _named(newer), notable=True)
    return Health("Tabellerna", True, "Tabellerna är uppdaterade.")


def _named(names: Iterable[str | Sentence]) -> dict[str, Sentence]:
    return {"plugins": Sentence.joined(names, by=", ")}


def judge_news(database: Database) -> Health:
    """Report whether notifications sent through `database.url` arrive where this process listens."""
    if _is_heard(database):
        return Health("Nyheter till öppna sidor", True, "Det som händer når öppna sidor och bakgrundstjänsten genast.")
    sentence = "Det som händer når inte öppna sidor, och bakgrundstjänsten först efter någon sekund."
    remedy = "Leder database.url till PgBouncer eller liknande: ange själva databasservern i database.listen_url."
    return Health("Nyheter till öppna sidor", False, sentence, remedy)


def _is_heard(database: Database) -> bool:
    word = uuid4().hex
    try:
        with database.listen(channel=_PROBE) as listener:
            database.at_once(None, notices_statement([(_PROBE, word)]), durable=False)
            until = monotonic() + HEARD_SECONDS
            while (left := until - monotonic()) > 0:
                if word in listener.wait(left):
                    return True
    except Unavailable:
        pass
    return False


def judge_old_rows(database: Database, most: int = MOST_OLD_ROWS) -> Health:
    """Report whether the server removes the old rows of the queues.

    It cannot while a transaction, a prepared transaction, a replication slot or a query on a standby still sees them.

    Args:
        database: The database.
        most: How many a queue may have after a vacuum.
    """
    [rows] = database.at_once(None, (QUERIES.find_old_rows, {"tables": list(QUEUES), "most": most}), durable=False)
    for row in rows:
        sentence = "Databasservern kan inte rensa bort {number} gamla rader i {table}, så köerna blir allt långsammare."
        remedy = (
            "Avsluta det som håller dem kvar: en transaktion som har stått öppen länge, en replikeringsplats som "
            "ingen läser, eller en fråga på en reserv. docs/runbooks/database-slow.md säger hur ni hittar det."
        )
        return Health("Databasens gamla rader", False, sentence, remedy, {"number": row.number, "table": row.name})
    return Health("Databasens gamla rader", True, "Databasservern rensar bort gamla rader.")
