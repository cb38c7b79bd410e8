"""Brings the tables up to date, as the owner: the core's history, then each plugin's own, then the permissions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationInfo
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, text

from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.model.sentences import Sentence
from budkavle.storage.database.case_readers import secure_cases
from budkavle.storage.database.migration_guard import Astray, MigrationGuard
from budkavle.storage.database.plugin_roles import as_owning_role, ensure_roles, grant_own
from budkavle.storage.database.revisions import (
    HOME,
    TAKEN,
    PluginMigrations,
    history,
    read_version,
    version_table,
)
from budkavle.storage.tables import metadata

_NEWER = (
    "Tabellerna för {plugin} är nyare än programmet här. Uppgradera programmet här, och kör budkavle migrate med det."
)
LOCK = 4_827_110_301
"""An arbitrary lock number, held while this database is migrated."""


def migrate(owner: Engine, app_role: str, plugins: PluginMigrations = ()) -> None:
    """Upgrade everything in one transaction."""
    with owner.begin() as connection:
        _judge(connection, app_role)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        _refuse_taken_names(connection)
        for plugin, folder in ((None, HOME / "versions"), *plugins):
            if read_version(connection, plugin) - history(str(folder)).revisions:
                raise Misconfigured(_NEWER, plugin=plugin or Sentence("kärnan"))
        command.upgrade(_config(connection, None, HOME / "versions"), "heads")
        ensure_roles(connection, app_role, [name for name, _ in plugins])
        for name, folder in plugins:
            _run(command.upgrade, connection, name, folder, "heads", [other for other, _ in plugins if other != name])
            _take_over_settings(connection, name)
        secure(connection, app_role)
        for name, _ in plugins:
            grant_own(connection, app_role, name, version_table(name))


def downgrade_plugin(owner: Engine, app_role: str, name: str, folder: Path) -> None:
    """Remove the tables of one plugin; the core's and other plugins' histories are not changed."""
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        ensure_roles(connection, app_role, [name])
        _run(command.downgrade, connection, name, folder, "base")
        connection.execute(text(f'DROP TABLE IF EXISTS "{version_table(name)}"'))


def _run(
    direction: Callable[[Config, str], None],
    connection: Connection,
    name: str,
    folder: Path,
    to: str,
    others: Sequence[str] = (),
) -> None:
    """Run a plugin's history as its own role; errors name the plugin, and revisions may touch only its own tables."""
    bounds = MigrationGuard(connection, name, version_table(name), others)
    config = _config(connection, name, folder)
    config.attributes["after_each"] = lambda step, **_: bounds.check(_revision(step))
    try:
        with as_owning_role(connection, name), bounds.one_transaction():
            direction(config, to)
    except Astray:
        raise
    except Exception as error:
        refused = getattr(error, "orig", None)
        if isinstance(refused, InsufficientPrivilege):
            sentence = "Tillägget {plugin} når bara tabeller som heter {plugin}_...: {error}. Se {place}."
            raise Astray(sentence, plugin=name, error=_words(refused), place=_place(error, folder)) from error
        details: dict[str, Any] = {"plugin": name, "error": _words(error), "place": _place(error, folder)}
        raise Misconfigured("Tabellerna för {plugin} går inte att uppdatera: {error} ({place})", **details) from error


def _take_over_settings(connection: Connection, plugin: str) -> None:
    """Move settings from a plugin's table `PLUGIN_moved_settings` to the core's table, and drop the plugin's.

    A plugin can reach only its own tables, so a plugin that used to store its own settings hands them over this way:
    `organisation_id`, `section` (the section's name in the plugin) and `chosen` (a JSON object by field).
    """
    table = f"{plugin}_moved_settings"
    if connection.execute(text("SELECT to_regclass(:table)"), {"table": f"public.{table}"}).scalar_one() is None:
        return
    with as_owning_role(connection, plugin):
        moved = connection.execute(text(f'SELECT organisation_id, section, chosen::text FROM "{table}"')).all()  # noqa: S608
        connection.execute(text(f'DROP TABLE "{table}"'))
    for organisation_id, section, chosen in moved:
        values = {"organisation": organisation_id, "section": f"{plugin}.{section}", "chosen": chosen}
        connection.execute(text(_MOVED), values)


_MOVED = """
INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)
VALUES (:organisation, :section, '00000000-0000-0000-0000-000000000000', CAST(:chosen AS jsonb), now())
ON CONFLICT (organisation_id, section, mailbox_id) DO NOTHING
"""


def _revision(step: MigrationInfo) -> str:
    """Return the revision that was run, with its file."""
    (script,) = step.revision_map.get_revisions(step.up_revision_id)
    path = getattr(script, "path", "")
    return f"{step.up_revision_id}, {path}"


def _words(error: Exception) -> object:
    return error if isinstance(error, BudkavleError) else str(error).partition("\n")[0]


def _place(error: BaseException, folder: Path) -> str:
    """Return the line in the plugin's own revision; the author can fix nothing else in a traceback."""
    frames = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).parent == folder]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(folder)


def _judge(connection: Connection, app_role: str) -> None:
    """Refuse a working role that row-level security does not bind."""
    query = "SELECT rolsuper OR rolbypassrls OR rolname = current_user FROM pg_roles WHERE rolname = :role"
    above = connection.execute(text(query), {"role": app_role}).scalar_one_or_none()
    if above is None:
        raise Misconfigured("Rollen {role} i database.url finns inte i databasen. Skapa den.", role=app_role)
    if above:
        raise Misconfigured(
            "Rollen {role} i database.url får varken äga tabellerna, vara superuser eller ha BYPASSRLS: den ser"
            " alla organisationers rader. Ange en egen roll, och ägaren i database.owner_url.",
            role=app_role,
        )


def _refuse_taken_names(connection: Connection) -> None:
    """Refuse a schema in which another owner's object has the name of one of our tables."""
    taken = connection.execute(text(_OF_OTHERS), {"names": list(metadata.tables)}).scalars().all()
    if taken:
        raise Misconfigured(TAKEN, names=", ".join(taken))


_OF_OTHERS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relname = ANY (:names) AND NOT pg_has_role(relowner, 'USAGE')
ORDER BY relname
"""


def _config(connection: Connection, plugin: str | None, folder: Path) -> Config:
    if not folder.is_dir():
        raise Misconfigured(
            "Mappen {path} med tabellerna för {plugin} finns inte.",
            path=str(folder),
            plugin=plugin or Sentence("kärnan"),
        )
    config = Config()
    config.set_main_option("script_location", str(HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=version_table(plugin))
    return config


def secure(connection: Connection, app_role: str) -> None:
    """Enable row-level security on every table with `organisation_id`, and grant the working role what it needs.

    A view reads with the permissions of the reader: with its owner's, it would show all rows to everybody.
    The policy of each table's owner lets migrations and the SECURITY DEFINER functions see all rows, since FORCE binds
    the owner too. Tables that are already set up are not locked.
    """
    connection.execute(text(_ROWS))
    connection.execute(text(_VIEWS))
    role = connection.dialect.identifier_preparer.quote_identifier(app_role)
    secure_cases(connection, app_role, role)
    connection.execute(text(_OWN_TABLES.format(role=role)))
    for statement in _GRANTS:
        connection.execute(text(statement.format(role=role)))
    for table in connection.execute(text(_HISTORIES)).scalars():
        connection.execute(text(f'REVOKE INSERT, UPDATE, DELETE ON "{table}" FROM {role}'))


_ROWS = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.oid::regclass AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND pg_has_role(c.relowner, 'USAGE')
          AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity
               OR (SELECT count(*) FROM pg_policy p
                   WHERE p.polrelid = c.oid AND p.polname IN ('organisation', 'owner')) < 2)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one.name);
        EXECUTE format('DROP POLICY IF EXISTS organisation ON %s', one.name);
        EXECUTE format('DROP POLICY IF EXISTS owner ON %s', one.name);
        EXECUTE format(
            'CREATE POLICY organisation ON %s'
            ' USING (organisation_id = NULLIF(current_setting(''budkavle.organisation'', true), '''')::uuid)'
            ' WITH CHECK (organisation_id = NULLIF(current_setting(''budkavle.organisation'', true), '''')::uuid)',
            one.name);
        EXECUTE format('CREATE POLICY owner ON %s TO %I USING (true) WITH CHECK (true)', one.name, one.owner);
    END LOOP;
END $$
"""

_VIEWS = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND pg_has_role(c.relowner, 'USAGE')
          AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false)
    LOOP
        EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', one.name);
    END LOOP;
END $$
"""

_OWN_TABLES = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
          AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        IF one.relkind = 'S' THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO {role}', one.name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {role}', one.name);
        END IF;
    END LOOP;
END $$
"""
"""Objects in the schema that belong to another owner, such as the database's administrator, are not changed."""

_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON audit_log, audit_heads, audit_pending FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON audit_seals FROM {role}",
    "GRANT EXECUTE ON FUNCTION audit_append(uuid, timestamptz, text, text) TO {role}",
    "GRANT EXECUTE ON FUNCTION audit_write(uuid, timestamptz, text, text) TO {role}",
    "GRANT EXECUTE ON FUNCTION audit_chain(uuid, integer, boolean) TO {role}",
    "GRANT EXECUTE ON FUNCTION organisations_to_chain() TO {role}",
    "GRANT EXECUTE ON FUNCTION audit_seal(uuid, bigint, bytea, bytea) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_deliveries(integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_lane(text, integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_others(text[], integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_lane_v2(text, integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_others_v2(text[], integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION list_lane(text) TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_lane_v3 TO {role}",
    "GRANT EXECUTE ON FUNCTION count_accounts(uuid[]) TO {role}",
    "GRANT EXECUTE ON FUNCTION remove_event_log(uuid) TO {role}",
    "GRANT EXECUTE ON FUNCTION list_organisation_numbers() TO {role}",
    "GRANT EXECUTE ON FUNCTION organisations_with_news(text) TO {role}",
    "GRANT EXECUTE ON FUNCTION organisations_to_index() TO {role}",
    "GRANT EXECUTE ON FUNCTION may_read_about(uuid, uuid[]) TO {role}",
    "GRANT EXECUTE ON FUNCTION hidden_cases() TO {role}",
    "GRANT EXECUTE ON FUNCTION moved_cases(uuid[]) TO {role}",
    "GRANT EXECUTE ON FUNCTION mark_case(uuid, uuid, boolean) TO {role}",
    "GRANT EXECUTE ON FUNCTION list_installation_administrators() TO {role}",
    "GRANT EXECUTE ON FUNCTION count_due_deliveries() TO {role}",
    "GRANT EXECUTE ON FUNCTION claim_outbox(text, integer, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION find_account(text) TO {role}",
    "GRANT EXECUTE ON FUNCTION find_identities(bytea) TO {role}",
    "GRANT EXECUTE ON FUNCTION mark_blocked(text, interval) TO {role}",
    "GRANT EXECUTE ON FUNCTION newest_renewal() TO {role}",
)

_HISTORIES = r"""
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND tablename LIKE 'alembic\_version%' AND pg_has_role(tableowner, 'USAGE')
"""
