"""All routes of the plugins that come along, walked by who may: what reading leaves, and what a form can change."""

from collections.abc import Callable, Iterator
from contextlib import closing
from shutil import copytree
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
import pytest
from lxml import html
from psycopg.sql import SQL, Identifier
from structlog.testing import capture_logs
from tests.core.web.asking import FORM, PLUGINS, Ask, all_asks, ask, raw

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.settings import Settings
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser

TABLES = """\
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"""
CONTENT = SQL("SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t")

TRACES = {
    "audit_heads": "the event log, which is chained when it is read",
    "audit_log": "who has read what, and who was refused",
    "audit_pending": "the event log",
    "traces": "what the event log has had within the minute",
    "reads": "which messages a person has read",
    "case_events": "a case that was printed says so",
    "attempts": "links that nobody has been given, counted against guessing",
    "sessions": "when a session was last used",
    "node_processes": "that a process is there",
    "nodes": "that its host is there",
}
"""The tables that reading a page may write to, and what."""
ENDING = ("/sign-out", "/account/sessions/", "/account/methods/")
"""Forms that end what the next ones are sent by."""


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], budkavle_settings: Settings, federation_keys: Any) -> Platform:
    """An installation with the plugins that come along."""
    copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")
    return budkavle_open(enabled=PLUGINS)


@pytest.fixture
def asks(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> list[Ask]:
    """Every method of every route but the stream of news, which has no end."""
    asks = all_asks(browse().client.app, organisation, case_worker, mailbox)
    return [route for route in asks if route.path != "/live"]


@pytest.fixture
def database(budkavle_server: EmbeddedServer, platform: Platform) -> Iterator[psycopg.Connection]:
    """A connection that sees all rows of all organisations."""
    name = (platform.settings.database.url or "").partition("@/")[2].partition("?")[0]
    with closing(budkavle_server.connect(name)) as connection:
        yield connection


def contents(connection: psycopg.Connection) -> dict[str, str | None]:
    """Return a digest of all rows of each table."""
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    rows = {name: connection.execute(CONTENT.format(table=Identifier(name))).fetchone() for name in names}
    return {name: row[0] for name, row in rows.items() if row}


def test_reading_changes_nothing(
    browse: Callable[..., Any],
    case_worker: SampleUser,
    administrator: SampleUser,
    asks: list[Ask],
    database: psycopg.Connection,
) -> None:
    """Every address that is asked by GET or HEAD leaves all tables as they were, but for the trace of reading.

    Each answer says what it is, and a text says once how its letters are written.
    """
    browsers = [browse(case_worker), browse(administrator), browse()]
    before = contents(database)
    assert len(before) > 100
    for route in [route for route in asks if route.method in {"GET", "HEAD"}]:
        for browser in browsers:
            answer = ask(browser, route.method, route.path)
            assert answer.status_code < 500, route
            kind = answer.headers.get("content-type", "")
            assert kind or not answer.content, route
            assert kind.count("charset=utf-8") == kind.startswith("text/"), (route, kind)
    after = contents(database)
    assert sorted(name for name in after.keys() - TRACES if after[name] != before[name]) == []


ALIEN = {
    "role": "platform",
    "active": "true",
    "loa": "3",
    "state": "removed",
    "source": "",
    "blocked_until": "",
    "organisation_id": str(UUID(int=1)),
    "user_id": str(UUID(int=2)),
    "id": str(UUID(int=3)),
    "mailbox_ids": "all",
    "password_hash": "$argon2id$",
    "may_administer": "1",
    "administrator": "1",
    "is_admin": "1",
    "settings": "{}",
}
"""Fields that no form of an ordinary user has."""
POWERS = """\
SELECT 'user', id::text, organisation_id::text, role, active, email, password_hash, source FROM users
UNION ALL SELECT 'member', user_id::text, mailbox_id::text, until::text, administrator, '', '', '' FROM memberships
UNION ALL SELECT 'organisation', id::text, slug, name, NULL, settings::text, state, NULL FROM organisations
UNION ALL SELECT 'setting', organisation_id::text, section, mailbox_id::text, NULL, chosen::text, '', ''\
 FROM settings
UNION ALL SELECT 'session', user_id::text, hash::text, loa::text, NULL, NULL, NULL, NULL FROM sessions
ORDER BY 1, 2, 3"""
"""Who may do what, and how sure it is who they are."""


def forms_of(page: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield the address and the fields, as they stand, of each form of a page that changes something."""
    for form in html.fromstring(page).forms:
        if form.method == "POST":
            fields: dict[str, list[str]] = {}
            for name, value in form.form_values():
                fields.setdefault(name, []).append(value)
            yield form.action or "", fields


def test_no_field_that_a_form_lacks_gives_any_right(
    browse: Callable[..., Any],
    case_worker: SampleUser,
    asks: list[Ask],
    database: psycopg.Connection,
) -> None:
    """Each form of each page is sent as it stands, with fields that it lacks, and with each of its own twice.

    Whatever an ordinary user adds, nobody's role, membership, level, account or setting is another afterwards.
    """
    ada = browse(case_worker)
    pages = [ada.get(route.path) for route in asks if route.method == "GET"]
    fields_of_forms = {
        (action, tuple(fields)): fields
        for page in pages
        if page.status_code == 200 and page.headers["content-type"].startswith("text/html") and page.text.strip()
        for action, fields in forms_of(page.text)
        if action.startswith("/") and not action.startswith(ENDING)
    }
    assert len(fields_of_forms) > 10
    before = database.execute(POWERS).fetchall()
    with capture_logs() as logged:
        for (action, _), fields in fields_of_forms.items():
            twice = {name: [*values, "x"] for name, values in fields.items() if name != "csrf"}
            for more in ({name: [value] for name, value in ALIEN.items() if name not in fields}, twice):
                body = urlencode({**fields, **more, "csrf": ada.csrf}, doseq=True).encode()
                assert raw(ada, "POST", action, body, FORM).status_code < 500, (action, more)
    assert [line for line in logged if line["event"] == "web.failed"] == []
    assert ada.get("/account").status_code == 200
    assert database.execute(POWERS).fetchall() == before
