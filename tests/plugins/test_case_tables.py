"""Plugins keep rows about cases: those of restricted cases are hidden from others, or the reason is told here."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from budkavle.plugins.loader import installed
from budkavle.storage.platform import Platform
from budkavle.storage.tables import metadata

PLUGINS = Path(__file__).parents[2] / "plugins"
FILTERED = {
    "meetings_meetings": "meetings/budkavle_meetings/booking/meetings.py",
    "records_registrations": "records/budkavle_records/registration/tables.py",
}
"""The tables whose rows are listed for members, and the module with the condition that leaves out hidden cases."""
JUDGED = {
    "case_system_deliveries": "Administrators see kind, time and state of a delivery, and neither case nor content.",
    "files_origins": "Nobody reads it: it decides how long a file that was saved from a case is kept.",
    "log_control_candidates": "Nobody reads it: entries of the event log are drawn from it for review.",
    "log_control_items": "Reviewers see who opened which case and when, as in the event log, and nothing of the case.",
    "notes_notes": "Read for one case that its reader has opened; the core has checked the search of cases.",
    "records_case_kinds": "Read for one case that its reader has opened, and by administrators' lists of what is due.",
    "records_held_cases": "Administrators see ids of the cases that a hold names; pages of members do not read it.",
    "records_packages": "Administrators, who transfer all cases to the archive, see number and state.",
    "records_run_cases": "Administrators, who dispose of all cases, see number, dates and size.",
}
"""The other tables, and why their rows need not be left out."""
COLUMNS = """
SELECT c.relname FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('case_id', 'case_ids') AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
"""


@pytest.mark.feature("E22")
def test_every_table_about_cases_is_judged(budkavle_open: Callable[..., Platform]) -> None:
    """A new one is listed here with its condition, or with the reason why it needs none."""
    names = tuple(name for name, offers in installed().items() if offers[0].distribution == "budkavle")
    platform = budkavle_open(enabled=names)
    with platform.database.transaction(None) as connection:
        tables = set(connection.execute(text(COLUMNS)).scalars()) - set(metadata.tables)
    assert tables == FILTERED.keys() | JUDGED.keys()
    assert not FILTERED.keys() & JUDGED.keys()


@pytest.mark.feature("E22")
@pytest.mark.parametrize("module", FILTERED.values())
def test_what_is_listed_leaves_out_hidden_cases(module: str) -> None:
    """By the core's function; the plugins' own tests show that their lists use it."""
    assert "func.hidden_cases()" in (PLUGINS / module).read_text("utf-8")
