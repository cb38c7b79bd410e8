"""Restricts a plugin's migrations to its own names, and to the one transaction of `budkavle migrate`.

The migrations run as a role that reaches only the plugin's own tables (see `plugin_roles`). But that role cannot be
kept from creating objects under any name in the schema. So after each revision the catalogue is checked for new or
changed objects. A revision that has touched foreign objects rolls back the whole of `budkavle migrate`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event, text

from budkavle.model.errors import Misconfigured
from budkavle.storage.tables import metadata

_ENDS = re.compile(
    r"(?i)(?:^|;)\s*(COMMIT|END|ABORT|ROLLBACK(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)|PREPARE\s+TRANSACTION)\b"
)
"""What would end the transaction, so that it could no longer be rolled back."""
_SWITCHES = re.compile(
    r"(?i)\b(?:SET\s+(?:(?:LOCAL|SESSION)\s+)?ROLE|RESET\s+(?:ROLE|ALL)|SESSION\s+AUTHORIZATION|DISCARD\s+ALL)\b"
    r"|\bset_config\s*\(\s*'role'"
)
"""What would switch to another role than the plugin's; the session's own role may become any of them."""
_INSIDE = re.compile(r"(?is)'(?:[^']|'')*'|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/|\bBEGIN\s+ATOMIC\b.*?;\s*END\b")
"""Text, function bodies and comments: their content ends nothing, or the server itself refuses it."""


class Astray(Misconfigured):
    """A plugin's migration has touched what does not belong to the plugin."""


@dataclass(slots=True)
class MigrationGuard:
    """Watches which objects the migrations of one plugin touch, on their connection.

    Args:
        connection: In the transaction of all migrations.
        plugin: Its name.
        versions: The table with the current revision of its history.
        others: The names of the other plugins, whose table names may begin with the same prefix.
    """

    connection: Connection
    plugin: str
    versions: str
    others: Sequence[str] = ()
    _before: frozenset[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        """Read the catalogue before the first revision."""
        self._before = self._look()

    def check(self, place: str) -> None:
        """Check what has been touched since the last check.

        Args:
            place: What was run since then: a revision and its file.

        Raises:
            Astray: It does not belong to the plugin.
        """
        before, after = self._before, self._look()
        self._before = after
        astray = {thing for thing, _ in before ^ after}
        if astray:
            sentence = "Tillägget {plugin} får bara röra tabeller som heter {plugin}_..., inte {others}. Se {place}."
            raise Astray(sentence, plugin=self.plugin, others=", ".join(sorted(astray)), place=place)

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        """Refuse statements that would end the transaction or switch the role, while the block lasts."""
        event.listen(self.connection, "commit", _refuse_end)
        event.listen(self.connection, "rollback", _refuse_end)
        event.listen(self.connection, "before_cursor_execute", _refuse_words)
        try:
            yield
        finally:
            event.remove(self.connection, "commit", _refuse_end)
            event.remove(self.connection, "rollback", _refuse_end)
            event.remove(self.connection, "before_cursor_execute", _refuse_words)

    def _look(self) -> frozenset[tuple[str, str]]:
        prefix = f"{self.plugin}_"
        parameters = {
            "own": prefix,
            "versions": self.versions,
            "core": [name for name in metadata.tables if name.startswith(prefix)],
            "others": [f"{name}_" for name in self.others if name.startswith(prefix)],
        }
        made = self.connection.execute(text(_MADE), parameters)
        return frozenset((row.thing, row.parts) for row in made)


def _refuse_end(*_: Any) -> None:
    raise Misconfigured("en migrering får inte avsluta transaktionen; allt görs eller inget")


def _refuse_words(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if _ENDS.search(_INSIDE.sub(" ", statement)):
        _refuse_end()
    if _SWITCHES.search(statement):
        raise Misconfigured("en migrering får inte byta roll i databasen; den har tilläggets egen")


_OWN = (
    "({name} = :versions OR (starts_with({name}, :own) AND {name} <> ALL(CAST(:core AS text[]))"
    " AND NOT EXISTS (SELECT 1 FROM unnest(CAST(:others AS text[])) AS other WHERE starts_with({name}, other))))"
)
_RELATION, _FUNCTION = (_OWN.format(name=f"{name}::text") for name in ("c.relname", "p.proname"))

_MADE = f"""
SELECT thing, md5(string_agg(part, chr(10) ORDER BY part)) AS parts FROM (WITH others AS (
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
    JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class o ON o.oid = i.indexrelid
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
UNION ALL SELECT 'EXTENSION ' || extname, '' FROM pg_extension) AS each_part GROUP BY thing
"""  # noqa: S608 - constants
"""Everything that does not belong to the plugin. A changed file node means that a table was emptied or rewritten.

There are thousands of parts in all: the server hashes them, since this runs after each revision.

A materialized view belongs to nobody: it holds the rows of all organisations, and cannot have a policy.
"""
