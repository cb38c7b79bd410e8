"""Holds a plugin's migrations to tables of its own: what they make, and whose rows they read and write.

The migrations run as the owner of all tables, who may do anything; an installation's owner may often make no further
role. So PostgreSQL is asked after each revision, in its transaction, what it has done: the catalogue says what was
made, and the server's own count of the transaction says whose rows were read and written, whatever way that was
done. A revision that went astray takes the whole of `budkavle migrate` back.

Source: PostgreSQL, The Cumulative Statistics System (`pg_stat_xact_user_tables`), which needs `track_counts`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event, text

from budkavle.model.errors import Misconfigured
from budkavle.storage.tables import metadata

_ENDS = re.compile(
    r"(?i)(?:^|;)\s*(COMMIT|END|ABORT|ROLLBACK(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)|PREPARE\s+TRANSACTION)\b"
)
"""What would end the transaction, and so keep what could not be taken back any more."""
_INSIDE = re.compile(r"(?is)'(?:[^']|'')*'|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/|\bBEGIN\s+ATOMIC\b.*?;\s*END\b")
"""Text, bodies of functions and comments: what stands there ends nothing, or the server refuses it itself."""


class Astray(Misconfigured):
    """A plugin's migration has touched what is not the plugin's."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is there of others', and how often their rows have been written and read in this transaction."""

    made: frozenset[tuple[str, str]]
    written: Mapping[str, int]
    read: Mapping[str, int]


@dataclass(slots=True)
class MigrationGuard:
    """The tables of one plugin, on the connection that its migrations run on.

    Args:
        connection: As the owner, in the transaction that everything happens in.
        plugin: Its name.
        versions: The table that says how far its history has come.
        others: The names of the other plugins, whose tables may begin as this one's do.
    """

    connection: Connection
    plugin: str
    versions: str
    others: Sequence[str] = ()
    _before: _Seen = field(init=False)

    def __post_init__(self) -> None:
        """See what there is before the first revision."""
        if self.connection.execute(text("SHOW track_counts")).scalar_one() != "on":
            raise Misconfigured(
                "Databasens inställning track_counts är avstängd. Slå på den: utan den syns det inte om ett tilläggs"
                " migreringar rör andras rader."
            )
        self._before = self._look()

    def check(self, place: str) -> None:
        """Look what has been touched since the last time.

        Args:
            place: What was run since then: a revision and its file.

        Raises:
            Astray: It was not the plugin's own.
        """
        before, after = self._before, self._look()
        self._before = after
        self._refuse(
            {thing for thing, _ in before.made ^ after.made},
            "Tillägget {plugin} får bara röra tabeller som heter {plugin}_..., inte {others}. Se {place}.",
            place,
        )
        self._refuse(
            _more(before.written, after.written),
            "Tillägget {plugin} får bara ändra rader i tabeller som heter {plugin}_..., inte i {others}. Se {place}.",
            place,
        )
        self._refuse(
            _more(before.read, after.read),
            "Tillägget {plugin} får bara läsa rader i tabeller som heter {plugin}_..., inte i {others}. Se {place}.",
            place,
        )

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        """Refuse whatever would end the transaction while the block lasts."""
        event.listen(self.connection, "commit", _refuse_end)
        event.listen(self.connection, "rollback", _refuse_end)
        event.listen(self.connection, "before_cursor_execute", _refuse_words)
        try:
            yield
        finally:
            event.remove(self.connection, "commit", _refuse_end)
            event.remove(self.connection, "rollback", _refuse_end)
            event.remove(self.connection, "before_cursor_execute", _refuse_words)

    def _refuse(self, touched: set[str], sentence: str, place: str) -> None:
        if touched:
            raise Astray(sentence, plugin=self.plugin, others=", ".join(sorted(touched)), place=place)

    def _look(self) -> _Seen:
        own = f"{self.plugin}_"
        facts = {
            "own": own,
            "versions": self.versions,
            "core": [name for name in metadata.tables if name.startswith(own)],
            "others": [f"{name}_" for name in self.others if name.startswith(own)],
        }
        made = self.connection.execute(text(_MADE), facts)
        rows = self.connection.execute(text(_ROWS), facts).all()
        return _Seen(
            frozenset((row.thing, row.part) for row in made),
            {row.thing: row.written for row in rows},
            {row.thing: row.read for row in rows if not row.led},
        )


def _more(before: Mapping[str, int], after: Mapping[str, int]) -> set[str]:
    return {name for name, count in after.items() if count > before.get(name, 0)}


def _refuse_end(*_: Any) -> None:
    raise Misconfigured("en migrering får inte avsluta transaktionen; allt görs eller inget")


def _refuse_words(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if _ENDS.search(_INSIDE.sub(" ", statement)):
        _refuse_end()


_OWN = (
    "({name} = :versions OR (starts_with({name}, :own) AND {name} <> ALL(CAST(:core AS text[]))"
    " AND NOT EXISTS (SELECT 1 FROM unnest(CAST(:others AS text[])) AS other WHERE starts_with({name}, other))))"
)
_RELATION, _INDEX, _TABLE, _FUNCTION, _COUNTED = (
    _OWN.format(name=f"{name}::text") for name in ("c.relname", "o.relname", "o.relname", "p.proname", "s.relname")
)

_MADE = f"""
WITH others AS (
    SELECT c.* FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT {_RELATION}
)
SELECT c.relname::text AS thing,
    concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl, md5(d.adbin::text)) AS part
    FROM others c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
UNION ALL SELECT c.relname::text,
    concat_ws(' ', 'itself', c.relfilenode, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relacl) FROM others c
UNION ALL SELECT c.relname::text, concat_ws(' ', 'index', o.relname, o.oid) FROM others c
    JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class o ON o.oid = i.indexrelid WHERE i.indisunique OR NOT {_INDEX}
UNION ALL SELECT c.relname::text, concat_ws(' ', 'constraint', k.conname, k.oid) FROM others c
    JOIN pg_constraint k ON k.conrelid = c.oid
UNION ALL SELECT c.relname::text,
    concat_ws(' ', 'policy', p.polname, p.oid, md5(concat(p.polqual, p.polwithcheck, p.polroles)))
    FROM others c JOIN pg_policy p ON p.polrelid = c.oid
UNION ALL SELECT c.relname::text, concat_ws(' ', 'trigger', t.tgname, t.tgenabled, t.tgfoid, t.tgtype)
    FROM others c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
UNION ALL SELECT c.relname::text, concat_ws(' ', 'rule', r.rulename, r.ev_enabled, md5(r.ev_action::text))
    FROM others c JOIN pg_rewrite r ON r.ev_class = c.oid
UNION ALL SELECT p.proname::text,
    concat_ws(' ', 'function', p.oid, md5(p.prosrc), p.prosecdef, p.proconfig, p.proacl, p.proowner) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND NOT {_FUNCTION}
UNION ALL SELECT 'MATERIALIZED VIEW ' || relname, oid::text FROM pg_class WHERE relkind = 'm'
UNION ALL SELECT 'SCHEMA ' || nspname, nspacl::text FROM pg_namespace WHERE NOT starts_with(nspname, 'pg_')
UNION ALL SELECT 'EXTENSION ' || extname, '' FROM pg_extension
"""  # noqa: S608 - constants
"""Everything that is not the plugin's own; a file node that has changed is a table that was emptied or rewritten.

A materialized view is nobody's own: it holds the rows of all organisations, and no policy can be put on it.
An index with the plugin's name that is not unique changes nothing for others, and may stand on any table.
"""

_ROWS = f"""
SELECT s.relname::text AS thing, s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS written,
    coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0) AS read,
    EXISTS (
        SELECT 1 FROM pg_constraint k JOIN pg_class o ON o.oid = k.conrelid
        WHERE k.contype = 'f' AND k.confrelid = s.relid AND {_TABLE}
    ) OR EXISTS (
        SELECT 1 FROM pg_index i JOIN pg_class o ON o.oid = i.indexrelid WHERE i.indrelid = s.relid AND {_INDEX}
    ) AS led
FROM pg_stat_xact_user_tables s WHERE s.schemaname !~ '^pg_temp' AND NOT (s.schemaname = 'public' AND {_COUNTED})
"""  # noqa: S608 - constants
"""What has been done to rows that are not the plugin's.

A foreign key or an index of the plugin's reads the table that it leads to by itself, so that says nothing there.
"""
