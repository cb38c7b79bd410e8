"""Retention by days against a model: over any days, numbers, holds and clocks nothing goes early, late or twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text

from budkavle.host import host_of
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.times import ZONE
from budkavle.operations import Destroyed, Hold, PlannedDestruction, message_retention
from budkavle.operations.jobs import core_jobs
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job

BEGIN = datetime(2026, 3, 20, 12, tzinfo=ZONE)
"""Nine days before the clocks are changed."""
NIL = UUID(int=0)
ADD = """
    INSERT INTO messages (organisation_id, id, mailbox_id, case_id, direction, transport, state, conversation_id,
        remote_id, confidential, attachments, head, body, created_at, kept_from)
    VALUES (:organisation, :id, :mailbox, :case, 'in', 'fake', 'RECEIVED', '1', CAST(:id AS text), false, 0, '', '',
        :at, :at)
"""
OPEN = """
    INSERT INTO cases (organisation_id, id, mailbox_id, number, state, conversation_id, channel, has_incoming,
        has_outgoing, confidential, attachments, messages, incoming, opened_at, active_at)
    VALUES (:organisation, :case, :mailbox, '1', :state, '1', 'fake', true, false, false, 0, 0, 0, :at, :at)
"""
COUNT = "UPDATE cases SET messages = messages + 1, incoming = incoming + 1, last_message_id = :id WHERE id = :case"
ON_ITS_WAY = """
    INSERT INTO deliveries (organisation_id, id, message_id, case_id, purpose, transport, recipient, state, due_at,
        created_at, changed_at)
    VALUES (:organisation, :delivery, :id, :case, 'message', 'fake', '', 'READY_TO_SEND', 'infinity', :at, :at)
"""
CHOOSE = """
    INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)
    VALUES (:organisation, :section, :mailbox, jsonb_build_object('retention_days', CAST(:days AS int)), :at)
    ON CONFLICT (organisation_id, section, mailbox_id)
    DO UPDATE SET chosen = excluded.chosen, changed_at = excluded.changed_at
"""


@dataclass
class Held:
    """What the plugin holds back, and what it is told."""

    ids: set[UUID] = field(default_factory=set)
    told: Counter[UUID] = field(default_factory=Counter)
    all_told: int = 0
    """How many have been destroyed over all examples."""

    def hold_back(self, planned: PlannedDestruction) -> list[Hold]:
        asked = (message_id for case in planned.cases for message_id in case.message_ids)
        return [Hold(message_id, "Det behövs.") for message_id in asked if message_id in self.ids]

    def clean_up(self, destroyed: Destroyed) -> None:
        self.told.update(destroyed.message_ids)


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def platform(budkavle_settings: Settings, held: Held) -> Iterator[Platform]:
    """An installation with a plugin that holds back, and is told what has been destroyed."""

    def hold_back(planned: PlannedDestruction) -> list[Hold]:
        return held.hold_back(planned)

    def clean_up(destroyed: Destroyed) -> None:
        held.clean_up(destroyed)

    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "keeper"))
    keeper = plugin_module("keeper", hold_back=hold_back, clean_up=clean_up)
    plugins = Plugins.load(settings, offer(fake=fake, keeper=keeper))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


@dataclass
class Message:
    """A message of the model."""

    mailbox_id: UUID
    day: int
    waits: bool
    asked_on: int | None = None
    """The day on which it was held back last."""


class Model(RuleBasedStateMachine):
    """The days of an organisation with two mailboxes."""

    messages = Bundle("messages")

    def __init__(self, organisation: SampleOrganisation, boxes: list[UUID], held: Held) -> None:
        super().__init__()
        self.organisation, self.boxes, self.held = organisation, boxes, held
        self.now = BEGIN
        self.known: dict[UUID, Message] = {}
        self.gone: set[UUID] = set()
        self.cases: dict[UUID, list[UUID]] = {box: [] for box in boxes}
        self.days: dict[UUID, tuple[int, int]] = {}  # by mailbox; the nil UUID is the organisation; number, and when

    def run(self, *statements: str, **values: object) -> None:
        with self.organisation.platform.database.transaction(self.organisation.id) as connection:
            for statement in statements:
                connection.execute(text(statement), {"organisation": self.organisation.id, **values})

    @property
    def today(self) -> int:
        return self.now.date().toordinal()

    @initialize(days=st.sampled_from([3, 2, 1, 0]))
    def begin(self, days: int) -> None:
        """Nothing is there yet; the organisation has chosen a number some days ago."""
        tables = ("messages", "cases", "deliveries", "settings", "destruction_holds")
        self.run(*(f"DELETE FROM {table} WHERE organisation_id = :organisation" for table in tables))
        self.held.ids.clear()
        self.held.told.clear()
        self.now -= timedelta(days=3)
        self.is_chosen(None, days)
        self.now = BEGIN

    @rule(
        target=messages,
        box=st.integers(0, 1),
        days_ago=st.lists(st.integers(0, 6), min_size=2, max_size=4),
        hour=st.integers(0, 23),
        state=st.sampled_from(["open", "closed", "binned"]),
        joins=st.booleans(),
        waits=st.sampled_from([False, False, False, True]),
    )
    def come(self, box: int, days_ago: list[int], hour: int, state: str, *, joins: bool, waits: bool) -> UUID:
        """Some messages have come, some days ago, in a case each or all in one; the last may have a delivery."""
        mailbox_id, message_id = self.boxes[box], NIL
        for number, ago in enumerate(days_ago):
            message_id = uuid4()
            at = min((self.now - timedelta(days=ago)).replace(hour=hour, minute=30), self.now)
            values: dict[str, object] = {"mailbox": mailbox_id, "id": message_id, "at": at}
            if not (joins and self.cases[mailbox_id]):
                self.cases[mailbox_id].append(uuid4())
                self.run(OPEN, **values, case=self.cases[mailbox_id][-1], state=state)
            case_id, is_last = self.cases[mailbox_id][-1], number == len(days_ago) - 1
            self.run(ADD, COUNT, **values, case=case_id)
            if waits and is_last:
                self.run(ON_ITS_WAY, **values, case=case_id, delivery=uuid4())
            self.known[message_id] = Message(mailbox_id, at.date().toordinal(), waits and is_last)
        return message_id

    @rule(where=st.sampled_from([None, 0, 1]), days=st.sampled_from([0, 1, 2, 2, 3, 3, 5]))
    def is_chosen(self, where: int | None, days: int) -> None:
        """The organisation or a mailbox chooses a number."""
        mailbox_id = NIL if where is None else self.boxes[where]
        section = "budkavle.messages" if where is None else "budkavle.mailbox_messages"
        self.run(CHOOSE, section=section, mailbox=mailbox_id, days=days, at=self.now)
        self.days[mailbox_id] = (days, self.today)

    @rule(message_id=messages, holds=st.booleans())
    def is_held(self, message_id: UUID, *, holds: bool) -> None:
        """A plugin holds a message back, or no longer."""
        (self.held.ids.add if holds else self.held.ids.discard)(message_id)

    @rule(message_id=messages)
    def arrives(self, message_id: UUID) -> None:
        """What was on its way has come to its end."""
        self.known[message_id].waits = False
        query = "UPDATE deliveries SET state = 'ACKNOWLEDGED' WHERE message_id = :id AND state = 'READY_TO_SEND'"
        self.run(query, id=message_id)

    @rule(hours=st.sampled_from([1, 5, 11, 23, 24, 49]))
    def time_passes(self, hours: int) -> None:
        """By the clock that is believed, and the job runs; who holds is asked again when a day has passed."""
        self.now = (self.now.astimezone(tz=None) + timedelta(hours=hours)).astimezone(ZONE)
        if hours >= 24:
            self.run("UPDATE destruction_holds SET ask_again_at = now() - interval '1 second'")
            for message in self.known.values():
                message.asked_on = None
        self.a_run(1)

    @rule(retries=st.integers(1, 3))
    def a_run(self, retries: int) -> None:
        """It destroys exactly what is due, however often it is run."""
        expected = {message_id for message_id in self.known.keys() - self.gone if self._goes(message_id)}
        for message_id in self.known.keys() - self.gone:
            if self._is_due(message_id) and message_id in self.held.ids and not self.known[message_id].asked_on:
                self.known[message_id].asked_on = self.today
        for _ in range(retries):
            message_retention.destroy_due(self.organisation.platform, self.now)
        self.gone |= expected
        self.held.all_told += len(expected)
        with self.organisation.platform.database.transaction(self.organisation.id) as connection:
            query = text("SELECT id FROM messages WHERE organisation_id = :organisation AND destroyed_at IS NOT NULL")
            destroyed = set(connection.execute(query, {"organisation": self.organisation.id}).scalars())
        assert destroyed == self.gone
        assert do_job(self.organisation.platform, "outbox.budkavle.clean-up.keeper") >= 0
        assert self.held.told == Counter(self.gone), "told once of each"

    def _goes(self, message_id: UUID) -> bool:
        message = self.known[message_id]
        return (
            self._is_due(message_id)
            and not message.waits
            and message_id not in self.held.ids
            and message.asked_on is None
        )

    def _is_due(self, message_id: UUID) -> bool:
        message = self.known[message_id]
        of_organisation, changed = self.days.get(NIL, (0, 0))
        own, own_changed = self.days.get(message.mailbox_id, (0, 0))
        days = own or of_organisation
        return bool(days) and max(changed, own_changed) < self.today and message.day + days < self.today


@pytest.mark.feature("G1", "G2", "G3", "G4", "G5", "Y6")
def test_nothing_is_destroyed_early_late_or_twice(
    organisation: SampleOrganisation, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox, held: Held
) -> None:
    """Over random days, numbers, mailboxes, states, holds, deliveries on their way, clocks and retries."""
    assert any(name.endswith("clean-up.keeper") for name in core_jobs(organisation.platform))
    boxes = [mailbox.id, other_mailbox.id]
    begun: Any = lambda: Model(organisation, boxes, held)  # noqa: E731 - hypothesis takes what makes a machine
    chosen = settings_of_hypothesis(max_examples=40, stateful_step_count=20)
    for _ in range(5):  # chance may let little be destroyed
        run_state_machine_as_test(begun, settings=chosen)
        if held.all_told > 30:
            return
    pytest.fail("too little was destroyed to say anything")
