"""An export of an organisation has what the built-in plugins keep, but for what must not leave the installation."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from budkavle import Platform
from budkavle.storage.tables import metadata

BUILT_IN = (
    *(
        "absence",
        "addressbook",
        "adviser",
        "case_system",
        "disclosure",
        "economy",
        "eid",
        "email_link",
        "fax",
        "files",
        "local",
        "meetings",
    ),
    *(
        "log_control",
        "message_api",
        "outlook",
        "password",
        "phone",
        "proof",
        "records",
        "scim",
        "sdk",
        "siem",
        "sms",
        "statistics",
        "teams",
    ),
    "timestamps",
)
BYTES = text(
    "SELECT c.table_name AS table, c.column_name AS column FROM information_schema.columns c"
    " WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND EXISTS ("
    "SELECT 1 FROM information_schema.columns o"
    " WHERE o.table_name = c.table_name AND o.column_name = 'organisation_id')"
)
PLAIN = {"economy_reports.pdf", "records_protocols.document", "records_protocols.pdf"}
HASHES = {"absence_answered.sender"}
SECRET = {
    "email_link_links.sealed",  # the token of a link
    "meetings_participants.token",  # the token of a link
    "meetings_signals.sealed",  # what browsers tell each other while a meeting lasts
    "message_api_services.sealed",  # private keys
    "phone_devices.sealed",  # where a browser is reached, and the secret that it takes notices by
    "phone_server_keys.sealed",  # private keys
    "sdk_identities.pair",  # private keys
    "sms_outbox.sealed",  # work that waits
    "timestamps_stamps.token",  # what an authority said of the log, beside the log
}


@pytest.mark.feature("N2")
def test_every_column_of_bytes_is_opened_plain_or_left_out(budkavle_open: Callable[..., Platform]) -> None:
    """Whoever adds such a column says how it opens, or writes here why an export has none of it."""
    platform = budkavle_open(enabled=BUILT_IN)
    opened = {of.thing.name for of in platform.plugins.registered("sealed_columns") if of.thing.exported}
    with platform.database.owner() as engine, engine.begin() as connection:
        rows = [row for row in connection.execute(BYTES) if row.table not in metadata.tables]
    columns = {f"{row.table}.{row.column}" for row in rows}
    assert opened <= columns
    assert {name for name in columns - opened if "hash" not in name} == PLAIN | HASHES | SECRET
