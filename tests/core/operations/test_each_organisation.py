"""Jobs that go organisation by organisation: a fault in one is told, and the others have their turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs
from tests.core.mailer import Mailer

from budkavle.approvals import requests
from budkavle.cases import retention_reminders
from budkavle.cases.owned import orphans
from budkavle.cases.teamwork import left_alone
from budkavle.identification import guest_sessions, sessions
from budkavle.identification.mail_links import endings
from budkavle.identification.refusals import wrong_tries
from budkavle.messaging import saved_drafts, senders
from budkavle.model.errors import Unavailable
from budkavle.operations import message_retention, notice_sending, outboxes, retention
from budkavle.operations.jobs import core_jobs
from budkavle.organisation import licence_warnings, usage
from budkavle.plugins.calls import call
from budkavle.storage import event_log
from budkavle.storage.database import Database
from budkavle.storage.events import traces
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation

JOBS: dict[str, Callable[[Platform], int]] = {
    "endings": endings.remind,
    "wrong tries": wrong_tries.tell,
    "approvals": requests.expire,
    "drafts": saved_drafts.sweep,
    "sessions": sessions.sweep,
    "guests": guest_sessions.sweep,
    "bin": retention.empty_bin,
    "retention": lambda platform: message_retention.destroy_due(platform, datetime.now(UTC)),
    "reminders": lambda platform: retention_reminders.remind(platform, datetime(2026, 1, 1, 12, tzinfo=UTC)),
    "left alone": left_alone.tell_administrators,
    "traces": traces.forget,
    "notices": notice_sending.sweep,
    "outbox": outboxes.sweep,
    "uploads": orphans.remove_orphans,
    "days": event_log.count_days,
    "usage": usage.count_usage,
    "licences": licence_warnings.warn,
    "senders": senders.check_again,
}
PLUGINS = (
    "absence",
    "addressbook",
    "case_system",
    "disclosure",
    "email_link",
    "files",
    "log_control",
    "meetings",
    "message_api",
    "records",
    "phone",
    "scim",
    "siem",
    "sms",
    "teams",
    "templates",
    "timestamps",
)
"""Plugins with jobs that go organisation by organisation."""
NEWS = """
INSERT INTO member_news
    (organisation_id, user_id, way, kind, thing_id, mailbox_id, case_id, happened_at, due_at)
SELECT organisation_id, gen_random_uuid(), 'mail', 'arrived', last_message_id, mailbox_id, id, now(), now() FROM cases
RETURNING thing_id
"""


@pytest.fixture
def organisations(build_organisation: Callable[..., SampleOrganisation]) -> list[SampleOrganisation]:
    """Two that work, in an installation that sends mail."""
    first = build_organisation(notifiers=(Mailer(),))
    return [first, SampleOrganisation.create(first.platform, "Mullsjö")]


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The organisations in which something has been done."""
    return []


@pytest.fixture
def fails_in(monkeypatch: pytest.MonkeyPatch, visited: list[UUID]) -> Callable[[UUID, Exception], None]:
    """Let every transaction of one organisation fail."""
    transaction = Database.transaction

    def begin(broken: UUID, error: Exception) -> None:
        @contextmanager
        def opened(self: Database, organisation_id: UUID | None, *args: Any, **more: Any) -> Iterator[Any]:
            if organisation_id is not None:
                visited.append(organisation_id)
            if organisation_id == broken:
                raise error
            with transaction(self, organisation_id, *args, **more) as connection:
                yield connection

        monkeypatch.setattr(Database, "transaction", opened)

    return begin


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("number", [0, 1])
def test_one_that_fails_stops_no_other(
    job: str,
    number: int,
    organisations: list[SampleOrganisation],
    visited: list[UUID],
    fails_in: Callable[[UUID, Exception], None],
) -> None:
    """Whichever comes first; the job counts as failed, and the line says in which organisation."""
    broken = organisations[number].id
    fails_in(broken, RuntimeError("trasig"))
    with capture_logs() as lines, pytest.raises(RuntimeError, match="trasig"):
        JOBS[job](organisations[0].platform)
    assert {one.id for one in organisations} <= set(visited)
    assert [line["organisation"] for line in lines if line["event"] == "job.organisation_failed"] == [str(broken)]


def test_no_job_stops_at_one_that_fails(
    budkavle_open: Callable[..., Platform], visited: list[UUID], fails_in: Callable[[UUID, Exception], None]
) -> None:
    """Each that has come to the broken one has come to the others too, whichever comes first; of the core too."""
    platform = budkavle_open(enabled=PLUGINS)
    made = [SampleOrganisation.create(platform, name).staffed() for name in ("Habo", "Mullsjö")]
    ids = {one.id for one in made}
    came: dict[str, list[set[UUID]]] = {}
    for broken in ids:
        fails_in(uuid4(), RuntimeError("none"))
        for one in made:
            one.arrive()  # for the jobs that only go where something waits
            one.rows(NEWS)
        fails_in(broken, RuntimeError("trasig"))
        for name, job in {**core_jobs(platform), **platform.plugins.jobs}.items():
            visited.clear()
            with capture_logs(), suppress(RuntimeError):
                call(job.run)
            came.setdefault(name, []).append(ids & set(visited))
    assert {name for name, seen in came.items() if not all(one in (set(), ids) for one in seen)} == set()
    assert came["core.search-index"] == came["core.member-news"] == [ids, ids]
    assert {name.partition(".")[0] for name, seen in came.items() if any(seen)} >= {
        "disclosure",
        "files",
        "meetings",
        "records",
    }


@pytest.mark.parametrize("number", [0, 1])
def test_one_that_takes_too_long_stops_no_other(
    number: int,
    organisations: list[SampleOrganisation],
    visited: list[UUID],
    fails_in: Callable[[UUID, Exception], None],
) -> None:
    """A statement or a lock that is waited for in vain is `Unavailable` too."""
    platform = organisations[0].platform
    fails_in(organisations[number].id, Unavailable("hann inte"))
    with pytest.raises(Unavailable):
        guest_sessions.sweep(platform)
    assert {one.id for one in organisations} <= set(visited)


def test_a_database_that_is_away_is_asked_twice(
    organisations: list[SampleOrganisation], visited: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not answer in two organisations answers in no other."""
    platform = organisations[0].platform
    SampleOrganisation.create(platform, "Tranås")

    def away(_: Platform, organisation_id: UUID) -> int:
        visited.append(organisation_id)
        raise Unavailable("borta")

    monkeypatch.setattr(guest_sessions, "_sweep", away)
    with pytest.raises(Unavailable):
        guest_sessions.sweep(platform)
    assert visited == [row.id for row in platform.organisations()][:2]
