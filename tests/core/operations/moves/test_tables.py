"""Each table of the core and of every built-in plugin is moved with its organisation, or stays, and it is known why."""

import shutil
from importlib.metadata import entry_points
from uuid import UUID

import pytest
from msgspec.structs import replace
from psycopg.sql import SQL, Identifier
from tests.core.operations.moves.looking import OPERATOR

from budkavle.operations.moves.moving import move
from budkavle.operations.moves.sides import both
from budkavle.operations.moves.tables import LEFT, all_tables
from budkavle.storage.audit import seal_heads
from budkavle.testing.organisations import SampleOrganisation

MOVED = """
absence_answered absence_places addressbook_changes addressbook_contacts addressbook_favourites addressbook_links
addressbook_participants approvals attachments audit_heads audit_log audit_pending audit_seals case_events case_moves
case_readers case_restrictions case_system_cursors case_system_deliveries case_tags case_words cases content_keys
counters deliveries delivery_events destruction_holds disclosure_list_rows disclosure_lists disclosure_requests
economy_corrections economy_months economy_reports email_link_accounts email_link_bounces email_link_links
email_link_notices email_link_places event_day_totals event_days event_months fax_contacts fax_jobs fax_lines fax_ranges
fax_talks files_entries files_guests files_locks files_note_writers files_origins files_passwords files_properties
files_readings files_retention files_search_words files_shares files_sums files_uploads files_versions identities
invitations kept_drafts licence_warnings log_control_acts log_control_candidates log_control_counts log_control_draws
log_control_items log_control_marks mailboxes meetings_appointment_pages meetings_appointments meetings_attendance
meetings_chat meetings_meetings meetings_participants meetings_rooms meetings_seats meetings_signals member_news
memberships message_api_assertions message_api_clients message_api_exchanged message_api_removed message_api_services
message_api_tokens messages notes_notes notice_choices notices organisation_keys organisation_logos outbox
owned_file_pieces owned_files phone_devices phone_server_keys processing_notes reads receipts records_case_kinds
records_held_cases records_holds records_kinds records_mailbox_kinds records_packages records_plans records_protocols
records_registration_cursors records_registration_log records_registration_reminders records_registrations
records_rule_marks records_rules records_run_cases records_runs records_transfers restricted_cases saved_searches
scim_grants scim_groups scim_linking scim_links scim_members scim_rules scim_tokens scim_users sdk_arrivals sdk_enqueued
sdk_identities sdk_resends search_backfills search_cases search_words settings siem_cursors sms_messages sms_outbox tags
teams_people teams_shared_texts templates_templates timestamps_stamps timestamps_tries traces usage_months users
"""
STAYS = {
    "addressbook_copy": "is read from outside again",
    "addressbook_functions": "is read from outside again",
    "addressbook_organisations": "is read from outside again",
    "attempts": "counts guesses at this address",
    "clocks": "of this installation's hosts",
    "doomed_slots": "the key store is one, and this installation goes on destroying what it has doomed",
    "economy_closings": "of this installation's months",
    "economy_prices": "of this installation",
    "eid_connections": "of this installation",
    "eid_evidence": "what was shown at this address",
    "eid_once": "what was shown at this address",
    "email_link_outbox": "not used any more",
    "exports": "one that is under way stops a move",
    "flows": "whoever is signing in begins again",
    "installation": "of this installation",
    "node_processes": "of this installation's hosts",
    "nodes": "of this installation's hosts",
    "organisations": "is written by itself, with its state",
    "outlook_tokens": "whoever is signed in signs in again",
    "phone_shares": "what was shared a moment ago is shared again",
    "removals": "one that is under way stops a move",
    "schedule": "of this installation",
    "sdk_access_point": "of this installation",
    "sdk_published": "the other installation publishes by itself",
    "sdk_revocations": "is read from outside again",
    "sdk_rings": "of this installation",
    "sms_gateways": "of this installation",
    "sms_receipts": "what a gateway tells comes again, or is late",
    "teams_tokens": "whoever is signed in signs in again",
    "worker_faults": "of this installation",
}
ID = UUID(int=7)
SAMPLES = {
    "uuid": ID,
    "bytea": b"x",
    "jsonb": "{}",
    "boolean": True,
    "bigint": 1,
    "integer": 1,
    "smallint": 1,
    "numeric": 1,
    "date": "2026-01-01",
    "timestamp with time zone": "2026-01-01",
    "interval": "1 day",
    "int8range": "[1,2)",
}
OF_TABLES = {
    "addressbook_contacts": {"mailbox_id": ID},
    "files_entries": {"kind": "catalogue"},
    "templates_templates": {"mailbox_id": ID},
}
"""What rules of a table ask for."""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND a.attidentity = '' AND (a.attnotnull AND NOT a.atthasdef)
"""


@pytest.fixture
def with_all_plugins(budkavle_open, budkavle_databases, budkavle_settings, tmp_path):
    """Two installations with all built-in plugins."""
    names = [point.name for point in entry_points(group="budkavle") if point.dist and point.dist.name == "budkavle"]
    here = budkavle_open(enabled=tuple(names))
    data, name = tmp_path / "there", budkavle_databases.take(tuple(sorted(here.plugins.migrations())))
    (data / "keys").mkdir(parents=True)
    shutil.copy(here.settings.key_file, data / "keys" / "master.key")
    key_store = replace(here.settings.key_store, folder=here.settings.key_store_folder)
    database = budkavle_databases.urls(name)
    there = budkavle_open(enabled=tuple(names), data=data, database=database, key_store=key_store)
    yield here, there
    there.close()
    budkavle_databases.give_back(name)


@pytest.mark.slow
def test_a_row_of_every_table_is_moved(with_all_plugins):
    """Each table is in one of the lists; and a row of each that is moved is there afterwards, the same."""
    here, there = with_all_plugins
    organisation = SampleOrganisation.create(here, "Habo")
    seal_heads(here.database, here.vault)
    with both(here, there, organisation.id) as (side, _):
        tables = all_tables(side.raw)
        with side.raw.transaction():
            for table in (table for table in tables if not table.name.startswith("audit_")):
                columns = dict(side.raw.execute(COLUMNS, [table.name]).fetchall())
                row = {name: SAMPLES.get(kind, "{}" if kind.endswith("[]") else "x") for name, kind in columns.items()}
                row |= {**OF_TABLES.get(table.name, {}), "organisation_id": organisation.id}
                names, places = SQL(", ").join(map(Identifier, row)), SQL(", ").join(SQL("%s") for _ in row)
                insert = SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING")
                query = insert.format(Identifier(table.name), names, places)
                side.raw.execute(query, list(row.values()))
        query = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT starts_with(tablename, 'alembic')"
            " AND tablename <> ALL (%s)"
        )
        others = {name for (name,) in side.raw.execute(query, [[table.name for table in tables]])}
    assert {table.name for table in tables} == {*MOVED.split(), *LEFT}
    assert others == set(STAYS)
    moved = move(here, there, OPERATOR, organisation.id)
    assert moved.rows.keys() == set(MOVED.split())
    empty = {name for name, count in moved.rows.items() if count == 0}
    assert empty == {"audit_pending"}, sorted(empty)
