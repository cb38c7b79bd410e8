"""Restricted cases: the policies that let only named people see a case and what belongs to it.

A transaction declares its reader (`budkavle.reader`): a user's id, `ALL_CASES`, or nobody. It does so together with the
organisation whose rows it sees, so a query cannot forget it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, func, select, text

from budkavle.storage.pipeline import driver

ALL_CASES: Final = "*"
"""The reader of transactions that see restricted cases too; the system's, never a user's."""
READER: Final = "budkavle.reader"


@contextmanager
def with_all_cases(connection: Connection, reader: str) -> Iterator[None]:
    """Give the statements in the block access to restricted cases too; the caller has checked the actor's rights.

    Args:
        connection: In a transaction.
        reader: The reader of the statements after the block.
    """
    connection.execute(select(func.set_config(READER, ALL_CASES, True)))
    try:
        yield
    finally:
        if not driver(connection).has_failed:  # otherwise the transaction ends here, and the setting with it
            connection.execute(select(func.set_config(READER, reader, True)))


def secure_cases(connection: Connection, role: str, quoted_role: str) -> None:
    """Create the policy on every core table that refers to a case, a message or a delivery, and on approvals.

    It restricts what the working role reads, and so also what it changes or deletes; the tables' owner is not bound.
    Tables that already have it are not locked.

    Args:
        connection: As the owner, when the tables exist.
        role: The role that web and worker connect as.
        quoted_role: The same, quoted for SQL.
    """
    for row in connection.execute(text(_TABLES), {"role": role}).all():
        connection.execute(text(f"DROP POLICY IF EXISTS readers ON {row.name}"))
        condition = _CONDITIONS[row.kind].format(table=row.name, column=row.link)
        policy = _POLICY.format(table=row.name, role=quoted_role, condition=condition)
        connection.execute(text(policy))


_TABLES = """
SELECT c.oid::regclass::text AS name, link.kind, link.column_name AS link
FROM pg_class c
JOIN LATERAL (
    SELECT wanted.kind, wanted.column_name
    FROM (VALUES
        (1, 'of_case', 'case_id'),
        (2, 'of_message', 'message_id'),
        (3, 'of_delivery', 'delivery_id'),
        (0, 'case', 'readers'),
        (4, 'about', 'about')
    ) AS wanted (rank, kind, column_name)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = wanted.column_name AND NOT a.attisdropped
    WHERE wanted.rank BETWEEN 1 AND 3
        OR (wanted.rank, c.relname) IN ((0, 'cases'), (4, 'approvals'))
    ORDER BY wanted.rank
    LIMIT 1
) AS link ON true
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relowner = to_regrole(current_user)
  AND c.relname NOT IN ('case_readers', 'case_restrictions', 'restricted_cases')
  AND EXISTS (SELECT FROM pg_attribute o
              WHERE o.attrelid = c.oid AND o.attname = 'organisation_id' AND NOT o.attisdropped)
  AND NOT EXISTS (SELECT FROM pg_policy p
                  WHERE p.polrelid = c.oid AND p.polname = 'readers'
                    AND p.polroles = ARRAY[(SELECT r.oid FROM pg_roles r WHERE r.rolname = :role)])
"""

_POLICY = """
CREATE POLICY readers ON {table} AS RESTRICTIVE FOR SELECT TO {role} USING ({condition})
"""

# Checked once per statement: most organisations have no restricted case, and these functions cost more than the rest.
_ANY = """
    current_setting('budkavle.reader', true) = '*'
    OR NOT EXISTS (
        SELECT FROM restricted_cases r
        WHERE r.organisation_id = NULLIF(current_setting('budkavle.organisation', true), '')::uuid
    )
    OR """
_CONDITIONS: Final = {
    # No lookup, and nothing to plan: cases are read most often.
    "case": """
    readers IS NULL
    OR current_setting('budkavle.reader', true) = '*'
    OR current_setting('budkavle.reader', true) = ANY (readers)
    """,
    # If the planner expects many rows it reads the hidden cases once, otherwise it looks each row up.
    "of_case": """
    current_setting('budkavle.reader', true) = '*'
    OR NOT EXISTS (
        SELECT FROM restricted_cases r
        WHERE r.organisation_id = {table}.organisation_id AND r.case_id = {table}.{column}
            AND coalesce(current_setting('budkavle.reader', true), '') <> ALL (r.readers)
    )
    """,
    "of_message": _ANY + "may_read_message(organisation_id, {column})",
    "of_delivery": _ANY + "may_read_delivery(organisation_id, {column})",
    "about": _ANY + "may_read_about(organisation_id, {column})",
}
