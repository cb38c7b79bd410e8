"""A run over many messages: killed anywhere and continued, at the cost of few statements, with much held back."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.host import host_of
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.operations import Hold, PlannedDestruction, message_retention
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.bulk import add_old_messages
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

Holds = Callable[[PlannedDestruction], list[Hold]]


class Keeper:
    """A plugin that holds back what `holds` says, and counts what it is asked about."""

    def __init__(self) -> None:
        self.asked = 0
        self.holds: Holds = lambda planned: []

    def hold_back(self, planned: PlannedDestruction) -> list[Hold]:
        self.asked += sum(len(case.message_ids) for case in planned.cases)
        return self.holds(planned)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def platform(budkavle_settings: Settings, keeper: Keeper) -> Iterator[Platform]:
    """An installation with a transport and the keeper."""

    def hold_back(planned: PlannedDestruction) -> list[Hold]:
        return keeper.hold_back(planned)

    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "keeper"))
    plugins = Plugins.load(settings, offer(fake=fake, keeper=plugin_module("keeper", hold_back=hold_back)))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


@pytest.fixture
def old(organisation: SampleOrganisation, administrator: SampleUser, mailbox: FunctionMailbox) -> int:
    """Four hundred messages, and how many of them are due."""
    due = add_old_messages(organisation.platform, organisation.id, mailbox.id, 400)
    in_work(organisation.platform, administrator, write_settings, MessageSettings, {"retention_days": 365})
    rows(organisation, "UPDATE settings SET changed_at = changed_at - interval '2 days' RETURNING 1")
    return due


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Sequence[Any]:
    chain_log(organisation.platform.database, organisation.id)
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def halves(organisation: SampleOrganisation) -> int:
    """How many messages are neither whole nor destroyed with all that belongs to them."""
    query = """
        SELECT m.id FROM messages m
        LEFT JOIN content_keys k ON k.organisation_id = m.organisation_id AND k.owner_id = m.id
        LEFT JOIN deliveries d ON d.organisation_id = m.organisation_id AND d.message_id = m.id
        GROUP BY m.id, m.state, m.destroyed_at, m.head, m.body, m.evidence
        HAVING NOT (
            (m.destroyed_at IS NULL AND count(k.part) = 2 * greatest(count(DISTINCT d.id), 1) AND length(m.body) > 0
             AND m.evidence IS NOT NULL AND bool_and(d.id IS NULL OR d.state = 'ACKNOWLEDGED'))
            OR (m.destroyed_at IS NOT NULL AND m.state = 'DELETED' AND count(k.part) = 0 AND m.head = '' AND m.body = ''
                AND m.evidence IS NULL AND bool_and(d.id IS NULL OR (d.state = 'DELETED' AND d.recipient = '')))
        )
    """
    return len(rows(organisation, query))


@pytest.mark.feature("Y6", "G3")
def test_killed_at_random_and_continued(organisation: SampleOrganisation, old: int) -> None:
    """Really: nothing is half destroyed after a kill; in the end all that is due is gone, once, and the rest there."""
    settings, chance = organisation.platform.settings, random.Random(15)  # noqa: S311 - when to kill is no secret
    script = Path(__file__).with_name("retaining_process.py")
    left = [count_left(organisation)]
    for _ in range(6):
        command = [sys.executable, str(script), str(settings.data), str(settings.database.url)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            try:
                process.wait(chance.uniform(0.02, 0.6))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        assert halves(organisation) == 0
        left.append(count_left(organisation))
    assert len(set(left)) > 1, "it was always killed before it had done anything"
    while message_retention.destroy_old(organisation.platform):
        pass
    assert (halves(organisation), count_left(organisation)) == (0, 400 - old)
    early = "SELECT 1 FROM messages WHERE destroyed_at IS NOT NULL AND kept_from > now() - interval '365 days'"
    assert rows(organisation, early) == []
    logged = rows(
        organisation,
        "SELECT coalesce(sum((entry::jsonb #>> '{facts,messages}')::int), 0) AS n FROM audit_log"
        " WHERE kind IN ('case.destroyed', 'case.messages-destroyed')",
    )
    assert logged[0].n == old, "each is written once"
    assert verify(organisation.platform.database, organisation.platform.vault, organisation.id).ok


def count_left(organisation: SampleOrganisation) -> int:
    return int(rows(organisation, "SELECT count(*) AS n FROM messages WHERE destroyed_at IS NULL")[0].n)


@contextmanager
def waits(platform: Platform) -> Iterator[list[str]]:
    """Collect the statements of SQLAlchemy, each of which waits for an answer."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(platform.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(platform.database.engine, "before_cursor_execute", note)


def test_many_cost_as_many_statements_as_few(
    organisation: SampleOrganisation, old: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of 200 messages has as many statements that wait as one of 20; one more reads what is left in cases."""
    costs = []
    for batch in (20, 200):
        monkeypatch.setattr(message_retention, "BATCH", batch)
        monkeypatch.setattr(message_retention, "TURN", -1.0)
        with waits(organisation.platform) as seen:
            assert message_retention.destroy_old(organisation.platform) > batch // 2
        costs.append(len(seen))
    assert costs[1] <= costs[0] + 1 < 30


def test_what_is_held_is_not_asked_about_at_each_run(
    organisation: SampleOrganisation, old: int, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked about again a day later; what nobody holds behind it goes at once."""
    held = {row.id for row in rows(organisation, "SELECT id FROM messages WHERE direction = 'in'")}
    keeper.holds = lambda planned: [
        Hold(message_id, "Det är inte registrerat.")
        for case in planned.cases
        for message_id in case.message_ids
        if message_id in held
    ]
    monkeypatch.setattr(message_retention, "BATCH", 50)
    destroyed = 0
    while number := message_retention.destroy_old(organisation.platform):
        destroyed += number
    assert destroyed == old - len(held)
    assert keeper.asked == old
    for _ in range(3):
        assert message_retention.destroy_old(organisation.platform) == 0
    assert keeper.asked == old
    assert len(rows(organisation, "SELECT 1 FROM audit_log WHERE kind = 'case.held-back'")) == 200
    rows(organisation, "UPDATE destruction_holds SET ask_again_at = now() RETURNING 1")
    assert message_retention.destroy_old(organisation.platform) == 0
    assert keeper.asked == old + len(held)
    assert len(rows(organisation, "SELECT 1 FROM audit_log WHERE kind = 'case.held-back'")) == 200, "it is written once"
    keeper.holds = lambda planned: []
    rows(organisation, "UPDATE destruction_holds SET ask_again_at = now() RETURNING 1")
    while message_retention.destroy_old(organisation.platform):
        pass
    assert count_left(organisation) == 400 - old
    assert rows(organisation, "SELECT 1 FROM destruction_holds") == []
