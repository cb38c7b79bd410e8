"""The roles of plugins: each reaches the tables of its own plugin and nothing else.

A plugin has two roles, like the core: one owns its tables and runs its migrations, one works with their rows. Both are
taken by SET ROLE, so nobody connects as them. `budkavle migrate` creates them, makes the first the owner of the
plugin's tables, and grants the second what it needs.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from budkavle.model.errors import Misconfigured
from budkavle.storage.tables import metadata

_LONGEST = 63
"""The maximum length of a name in PostgreSQL, in bytes."""
_MISSING = (
    "Tilläggens roller saknas i databasen, och {owner} får inte skapa dem. Låt den som sköter PostgreSQL köra:"
    " ALTER ROLE {owner} CREATEROLE; eller skapa dem: {statements}"
)
_ABOVE = "Rollen {role} får varken vara superuser, ha BYPASSRLS eller vara medlem i {above}: den når mer än tilläggets."
_CANNOT_CREATE = (
    "Rollen {role} får inte skapa tabeller. Låt den som sköter PostgreSQL köra: GRANT CREATE ON SCHEMA public TO {role}"
)


def working_role(app_role: str, plugin: str | None) -> str:
    """Return the role for a plugin's statements at work.

    Args:
        app_role: The role that web and worker connect as.
        plugin: The plugin; None for plugins without tables, which share a role without access to any.
    """
    return _name(app_role, plugin)


def owning_role(owner_role: str, plugin: str) -> str:
    """Return the role that owns a plugin's tables and runs its migrations.

    Args:
        owner_role: The role that `budkavle migrate` connects as.
        plugin: The plugin.
    """
    return _name(owner_role, plugin)


def ensure_roles(connection: Connection, app_role: str, plugins: Sequence[str]) -> None:
    """Create the missing roles of these plugins, and make them the owners of the plugins' existing tables.

    Args:
        connection: As the owner, in the transaction of the migration.
        app_role: The role that web and worker connect as.
        plugins: The plugins that have migrations.

    Raises:
        Misconfigured: The owner may not create roles, or a role created by hand reaches too much or too little.
    """
    owner = _current_role(connection)
    working = [working_role(app_role, None), *(working_role(app_role, plugin) for plugin in plugins)]
    owning = [owning_role(owner, plugin) for plugin in plugins]
    members = [*((role, app_role) for role in working), *((role, owner) for role in owning)]
    _make_missing(connection, owner, members)
    for role in (*working, *owning):
        _judge(connection, role, (owner, app_role))
    for role in owning:
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {_quoted(connection, role)}"))
        query = text("SELECT has_schema_privilege(:role, 'public', 'CREATE')")
        if not connection.execute(query, {"role": role}).scalar_one():
            raise Misconfigured(_CANNOT_CREATE, role=role)
    for role in working:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {_quoted(connection, role)}"))
    with_tables = {*plugins, *plugins_with_tables(connection)}
    for plugin in plugins:
        _hand_over(connection, owner, plugin, sorted(with_tables - {plugin}))


def plugins_with_tables(connection: Connection) -> set[str]:
    """Return the names of plugins that have tables of their own here, including those that are off."""
    return set(connection.execute(text(_PLUGINS_WITH_TABLES)).scalars())


def grant_own(connection: Connection, app_role: str, plugin: str, versions: str) -> None:
    """Let a plugin's working role use the plugin's tables, sequences and functions; revoke its functions from others.

    It may also call two functions about cases: `hidden_cases` for those that are restricted to others than the actor,
    and `moved_cases` for the mailboxes of cases that have moved.

    Args:
        connection: As the owner of the core's tables.
        app_role: The role that web and worker connect as.
        plugin: The plugin.
        versions: The table with the current revision of its history, to which no access is granted.
    """
    parameters = {
        "owning": owning_role(_current_role(connection), plugin),
        "working": working_role(app_role, plugin),
        "app": app_role,
        "versions": versions,
    }
    for statement in connection.execute(text(_GRANTS), parameters).scalars().all():
        connection.execute(text(statement))


@contextmanager
def as_owning_role(connection: Connection, plugin: str) -> Iterator[None]:
    """Run the statements in the block as the role that owns a plugin's tables.

    An error rolls the transaction back, and the role with it.
    """
    owner = _current_role(connection)
    connection.execute(text(f"SET LOCAL ROLE {_quoted(connection, owning_role(owner, plugin))}"))
    yield
    connection.execute(text("RESET ROLE"))


def _name(role: str, plugin: str | None) -> str:
    name = f"{role}_plugin_{plugin}" if plugin else f"{role}_plugin"
    if len(name.encode()) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name.encode()[: _LONGEST - 17].decode(errors='ignore')}_{digest}"


def _make_missing(connection: Connection, owner: str, members: Sequence[tuple[str, str]]) -> None:
    """Create missing roles, and grant missing memberships in them to the core's roles."""
    missing = [
        (role, member)
        for role, member in members
        if not connection.execute(text(_IS_MEMBER), {"role": role, "member": member}).scalar_one_or_none()
    ]
    if not missing:
        return
    statements: list[str] = []
    for role, member in missing:
        name, receiver = _quoted(connection, role), _quoted(connection, member)
        if not _exists(connection, role):
            statements.append(f"CREATE ROLE {name} NOLOGIN")
        statements.append(f"GRANT {name} TO {receiver}")
    if not connection.execute(text(_MAY_MAKE_ROLES)).scalar_one():
        raise Misconfigured(_MISSING, owner=owner, statements="; ".join(statements))
    for statement in statements:
        connection.execute(text(statement))


def _judge(connection: Connection, role: str, above: Sequence[str]) -> None:
    """Refuse a role that row-level security does not bind, or that reaches the core's tables."""
    parameters = {"role": role, "above": list(above)}
    if connection.execute(text(_REACHES_TOO_MUCH), parameters).scalar_one():
        raise Misconfigured(_ABOVE, role=role, above=", ".join(above))


def _hand_over(connection: Connection, owner: str, plugin: str, others: Sequence[str]) -> None:
    """Make a plugin's role the owner of objects with the plugin's prefix that belong to the core's owner."""
    prefix = f"{plugin}_"
    parameters = {
        "owner": owner,
        "owning": owning_role(owner, plugin),
        "prefix": prefix,
        "versions": f"alembic_version_{plugin}",
        "tables": list(metadata.tables),
        "core": [name for name in metadata.tables if name.startswith(prefix)],
        "others": [f"{other}_" for other in others if other.startswith(prefix)],
    }
    for statement in connection.execute(text(_TRANSFERS), parameters).scalars().all():
        connection.execute(text(statement))


def _exists(connection: Connection, role: str) -> bool:
    query = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")
    return bool(connection.execute(query, {"role": role}).scalar_one())


def _current_role(connection: Connection) -> str:
    return str(connection.execute(text("SELECT session_user")).scalar_one())


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


_PLUGINS_WITH_TABLES = r"""
SELECT substr(tablename, length('alembic_version_') + 1) FROM pg_tables
WHERE schemaname = 'public' AND tablename LIKE 'alembic\_version\_%'
"""

_IS_MEMBER = """
SELECT pg_has_role(member.oid, role.oid, 'USAGE')
FROM pg_roles AS role, pg_roles AS member
WHERE role.rolname = :role AND member.rolname = :member
"""

_MAY_MAKE_ROLES = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = session_user"

_REACHES_TOO_MUCH = """
SELECT role.rolsuper OR role.rolbypassrls OR EXISTS (
    SELECT FROM pg_auth_members AS membership
    JOIN pg_roles AS above ON above.oid = membership.roleid
    WHERE membership.member = role.oid AND above.rolname = ANY(CAST(:above AS text[]))
)
FROM pg_roles AS role WHERE role.rolname = :role
"""

_IS_OWN = """(
    {name} = :versions
    OR (
        starts_with({name}, :prefix)
        AND {name} <> ALL(CAST(:core AS text[]))
        AND NOT EXISTS (SELECT FROM unnest(CAST(:others AS text[])) AS other WHERE starts_with({name}, other))
    )
)"""

_TRANSFERS = f"""
SELECT format('ALTER %s %s OWNER TO %I',
    CASE thing.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
    thing.oid::regclass, CAST(:owning AS text))
FROM pg_class AS thing
WHERE thing.relnamespace = 'public'::regnamespace
  AND thing.relkind IN ('r', 'p', 'v', 'S')
  AND thing.relowner = to_regrole(quote_ident(:owner))
  AND {_IS_OWN.format(name="thing.relname::text")}
  -- A sequence that belongs to a column follows its table.
  AND NOT EXISTS (
      SELECT FROM pg_depend AS part
      WHERE part.classid = 'pg_class'::regclass AND part.objid = thing.oid AND part.deptype IN ('a', 'i')
        AND part.refclassid = 'pg_class'::regclass
  )
UNION ALL
SELECT format('ALTER POLICY owner ON %s TO %I', policy.polrelid::regclass, CAST(:owning AS text))
FROM pg_policy AS policy
JOIN pg_class AS thing ON thing.oid = policy.polrelid
WHERE policy.polname = 'owner'
  AND thing.relnamespace = 'public'::regnamespace
  AND thing.relowner = to_regrole(quote_ident(:owner))
  AND {_IS_OWN.format(name="thing.relname::text")}
UNION ALL
SELECT format('ALTER FUNCTION %s OWNER TO %I', function.oid::regprocedure, CAST(:owning AS text))
FROM pg_proc AS function
WHERE function.pronamespace = 'public'::regnamespace
  AND function.proowner = to_regrole(quote_ident(:owner))
  AND {_IS_OWN.format(name="function.proname::text")}
UNION ALL
-- Older versions let a plugin put an index on a table of the core's.
SELECT format('DROP INDEX %s', thing.oid::regclass)
FROM pg_class AS thing
JOIN pg_index AS index ON index.indexrelid = thing.oid AND NOT index.indisunique
JOIN pg_class AS indexed ON indexed.oid = index.indrelid
WHERE thing.relnamespace = 'public'::regnamespace
  AND starts_with(thing.relname, :prefix)
  AND indexed.relname = ANY(CAST(:tables AS text[]))
  AND NOT starts_with(thing.relname, indexed.relname || '_')
"""  # noqa: S608 - constants

_GRANTS = """
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', thing.oid::regclass, CAST(:working AS text))
FROM pg_class AS thing
WHERE thing.relnamespace = 'public'::regnamespace
  AND thing.relkind IN ('r', 'p', 'v')
  AND thing.relowner = to_regrole(quote_ident(:owning))
  AND thing.relname <> :versions
UNION ALL
SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', thing.oid::regclass, CAST(:working AS text))
FROM pg_class AS thing
WHERE thing.relnamespace = 'public'::regnamespace
  AND thing.relkind = 'S'
  AND thing.relowner = to_regrole(quote_ident(:owning))
UNION ALL
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function.oid::regprocedure)
FROM pg_proc AS function
WHERE function.pronamespace = 'public'::regnamespace AND function.proowner = to_regrole(quote_ident(:owning))
UNION ALL
SELECT format(
    'GRANT EXECUTE ON FUNCTION %s TO %I, %I', function.oid::regprocedure, CAST(:working AS text), CAST(:app AS text)
)
FROM pg_proc AS function
WHERE function.pronamespace = 'public'::regnamespace AND function.proowner = to_regrole(quote_ident(:owning))
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION hidden_cases(), moved_cases(uuid[]) TO %I', CAST(:working AS text))
"""
