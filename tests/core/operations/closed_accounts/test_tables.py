"""Each table of the core and the built-in plugins that names a person forgets a destroyed account, or says why not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.sql import SQL, Identifier
from tests.core.operations.closed_accounts.closed import closed_since
from tests.core.operations.moves.test_tables import COLUMNS, ID, SAMPLES

from budkavle.identification import administration
from budkavle.operations.closed_accounts import destroying
from budkavle.operations.destruction import CLEAN_UP
from budkavle.storage.pipeline import driver
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import do_job

FORGET = """
addressbook_contacts.user_id files_locks.user_id files_note_writers.user_id files_passwords.user_id
files_shares.subject_id identities.user_id invitations.user_id kept_drafts.user_id member_news.user_id
memberships.user_id notice_choices.user_id notices.about phone_devices.user_id reads.user_id saved_searches.user_id
scim_users.account_id scim_grants.account_id scim_links.account_id sessions.user_id teams_people.user_id
templates_templates.user_id
"""
SHORT = "goes by itself within some days"
RECORD = "says who did or may see what, as the case's and the organisation's records have to"
STAY = {
    "addressbook_favourites.saved_by": RECORD,
    "addressbook_links.linked_by": RECORD,
    "approvals.asker_id": RECORD,
    "approvals.decider_id": RECORD,
    "attachments.uploaded_by": "goes with its message; what was never sent is swept",
    "audit_log.actor_id": RECORD,
    "audit_log.user_id": RECORD,
    "case_events.user_id": RECORD,
    "case_readers.user_id": RECORD,
    "case_restrictions.by_id": RECORD,
    "cases.holder_id": "closing lets open cases go; of a closed case it says who had it",
    "email_link_accounts.user_id": SHORT,
    "email_link_bounces.user_id": SHORT,
    "files_entries.changed_by_id": RECORD,
    "files_entries.owner_id": "the person's files go by the days of files",
    "files_readings.reader_id": RECORD,
    "files_uploads.owner_id": SHORT,
    "files_uploads.user_id": SHORT,
    "files_versions.author_id": RECORD,
    "identities.bound_by": "goes with the account that it opens",
    "invitations.invited_by": SHORT,
    "log_control_acts.user_id": RECORD,
    "log_control_candidates.reader_id": RECORD,
    "log_control_items.reader_id": RECORD,
    "log_control_items.reviewer_id": RECORD,
    "mailboxes.owner_id": "the inbox's messages go by the days of messages",
    "meetings_meetings.organiser_id": RECORD,
    "meetings_participants.user_id": RECORD,
    "messages.author_id": RECORD,
    "notes_notes.author_id": RECORD,
    "owned_files.owner_id": "a message, a case or a plugin's thing owns it, and no person",
    "content_keys.owner_id": "a message or an attachment owns it, and no person",
    "files_sums.subject_id": "sums of bytes",
    "records_registration_log.by_id": RECORD,
    "scim_links.user_id": "the directory's own id, of a user that goes",
    "scim_members.user_id": "the directory's own id, of a user that goes",
    "teams_shared_texts.user_id": SHORT,
}
PERSONS = r"(^|_)((user|account|reader|reviewer|owner|holder|author|organiser|asker|decider|by|subject|actor)_id|by)$"
MORE = ("notices.about",)
QUERY = """
SELECT c.relname, a.attname
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'uuid'::regtype
    AND (a.attname ~ %s OR c.relname || '.' || a.attname = ANY (%s))
    AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organisation_id')
"""
OF_TABLES = {
    "files_note_writers": {"entry_id": ID},
    "files_shares": {"kind": "person", "entry_id": ID},
    "invitations": {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
}
"""What the rows of a table must be; `ID` is an entry of files."""
SAME = {"scim_users": "id", "scim_links": "user_id"}
"""Columns that here hold the same id as the account's, so that one row refers to another."""


@pytest.fixture
def everything(budkavle_open: Any) -> Platform:
    """An installation with all built-in plugins."""
    names = [point.name for point in entry_points(group="budkavle") if point.dist and point.dist.name == "budkavle"]
    return budkavle_open(enabled=tuple(names))


@pytest.fixture
def raw(everything: Platform) -> Iterator[Any]:
    """The connection of the database's owner, who sees all rows."""
    with everything.database.owner() as engine, engine.connect() as connection:
        yield driver(connection)


@pytest.mark.slow
def test_a_row_of_every_table_goes_or_stays_for_a_reason(everything: Platform, raw: Any) -> None:
    """A column that names a person is in one of the lists; and what is in the first goes, of one account alone."""
    organisation = SampleOrganisation.create(everything, "Habo").staffed()
    gone, kept = organisation.case_worker, organisation.colleague
    columns = {f"{table}.{column}" for table, column in raw.execute(QUERY, [PERSONS, list(MORE)]).fetchall()}
    assert columns == {*FORGET.split(), *STAY}
    put(raw, organisation.id, "files_entries", "owner_id", gone.id, id=ID, kind="catalogue")
    for column in FORGET.split():
        for user_id in (gone.id, kept.id):
            put(raw, organisation.id, *column.split("."), user_id)
    in_work(everything, organisation.system, administration.close, gone.id)
    closed_since(organisation, gone, organisation.rows("SELECT now() - interval '400 days' AS at")[0].at)
    assert destroying.destroy_old(everything) == 1
    for plugin in everything.plugins.implementing("budkavle_clean_up"):
        do_job(everything, f"outbox.{CLEAN_UP}{plugin}")
    assert organisation.rows("SELECT queue FROM outbox WHERE starts_with(queue, :queue)", queue=CLEAN_UP) == []
    for job in ("phone.closed", "templates.sweep"):
        do_job(everything, job)
    own = {gone.id: gone.personal_id, kept.id: kept.personal_id}
    for column in FORGET.split():
        left = {user.id: count(raw, *column.split("."), user.id, own[user.id]) for user in (gone, kept)}
        assert left[gone.id] == 0, column
        assert left[kept.id] > 0, f"{column}: another's rows are gone"


def put(raw: Any, organisation_id: UUID, table: str, column: str, user_id: UUID, **more: object) -> None:
    """Write a row about somebody, with what the table must have."""
    needed = dict(raw.execute(COLUMNS, [table]).fetchall())
    row = {name: SAMPLES.get(kind, "{}" if kind.endswith("[]") else "x") for name, kind in needed.items()}
    row |= {name: uuid4() for name, kind in needed.items() if kind == "uuid"}
    row |= {name: uuid4().bytes for name, kind in needed.items() if kind == "bytea"}
    row |= {name: str(uuid4()) for name in needed if name in ("key", "token", "user_key")}
    row |= {**OF_TABLES.get(table, {}), "organisation_id": organisation_id, column: user_id, **more}
    row |= {SAME[table]: user_id} if table in SAME else {}
    names, places = SQL(", ").join(map(Identifier, row)), SQL(", ").join(SQL("%s") for _ in row)
    raw.execute(SQL("INSERT INTO {} ({}) VALUES ({})").format(Identifier(table), names, places), list(row.values()))
    raw.commit()


def count(raw: Any, table: str, column: str, user_id: UUID, own_inbox: UUID) -> int:
    """Count the rows about somebody; the place in the own inbox is not counted."""
    query = SQL("SELECT count(*) FROM {} WHERE {} = %s").format(Identifier(table), Identifier(column))
    if table == "memberships":
        return int(raw.execute(query + SQL(" AND mailbox_id <> %s"), [user_id, own_inbox]).fetchone()[0])
    return int(raw.execute(query, [user_id]).fetchone()[0])
