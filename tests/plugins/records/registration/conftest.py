"""An installation with registration, and an organisation whose messages have clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from budkavle import Host, Platform
from budkavle.accounts import write_settings
from budkavle.testing import (
    FakeDirectory,
    FakeNotifier,
    FakeTransport,
    SampleOrganisation,
    SampleUser,
    do_job,
    offer,
    plugin_module,
)
from budkavle_records.registration import decisions
from budkavle_records.registration.decisions import Registration
from budkavle_records.registration.outcomes import Decision, Outcome
from budkavle_records.registration.settings import RegistrationSettings


@pytest.fixture
def mails() -> FakeNotifier:
    """The notifier that keeps the sent mails."""
    return FakeNotifier()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], mails: FakeNotifier) -> Platform:
    """An installation with a transport and a notifier for mail."""
    transport, directory = FakeTransport(), FakeDirectory()
    fake = plugin_module(
        "fake",
        transports=lambda host: [transport],
        directories=lambda host: [directory],
        notifiers=lambda host: [mails],
    )
    return budkavle_open(enabled=("records", "fake"), offers=offer(fake=fake))


@dataclass
class Register:
    """An organisation that registers its messages."""

    organisation: SampleOrganisation

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def host(self) -> Host:
        made: Host = self.platform.plugins.host("records")
        return made

    def choose(self, mailbox_id: UUID | None = None, **values: Any) -> None:
        """Change settings, of the organisation or a mailbox."""
        with self.platform.work(self.organisation.administrator) as work:
            write_settings(work, RegistrationSettings, {"on": True, **values}, mailbox_id=mailbox_id)

    def start(self) -> int:
        """Start the clocks of new messages, as a worker does."""
        return do_job(self.platform, "records.registration")

    def arrive(self, subject: str = "Begäran om handling", **changes: Any) -> Registration:
        """Receive a message, and start its clock."""
        case_id = self.organisation.arrive(subject, **changes)
        self.start()
        return self.of_case(case_id)[-1]

    def of_case(self, case_id: UUID) -> list[Registration]:
        with self.platform.work(self.organisation.system) as work:
            return decisions.case_registrations(self.host, work, case_id)

    def of(self, message_id: UUID) -> Registration:
        with self.platform.work(self.organisation.system) as work:
            return decisions.registrations_of(self.host, work, [message_id])[message_id]

    def settle(self, who: SampleUser, *message_ids: UUID, **values: Any) -> None:
        """Decide about messages; registered as KS 2026/1 unless another decision is given."""
        decision = Decision(**{"outcome": Outcome.REGISTERED, "number": "KS 2026/1", **values})
        with self.platform.work(who) as work:
            decisions.settle(self.host, work, message_ids, decision)

    def correct(self, who: SampleUser, message_id: UUID, **values: Any) -> None:
        decision = Decision(**{"outcome": Outcome.REGISTERED, "number": "KS 2026/2", "reason": "Fel nummer", **values})
        with self.platform.work(who) as work:
            decisions.correct(self.host, work, message_id, decision)

    def unsettled(self, *message_ids: UUID) -> set[UUID]:
        with self.platform.work(self.organisation.system) as work:
            return decisions.unsettled(self.host, work, message_ids)

    def age(self, message_id: UUID, by: timedelta = timedelta(days=10)) -> None:
        """Shift a message's arrival and deadline into the past."""
        self.organisation.rows(
            "UPDATE records_registrations SET arrived_at = arrived_at - :by, late_from = late_from - :by"
            " WHERE message_id = :id",
            by=by,
            id=message_id,
        )

    def due(self, message_id: UUID, late_from: datetime) -> None:
        """Set the time from which a message is late."""
        self.organisation.rows(
            "UPDATE records_registrations SET late_from = :at WHERE message_id = :id", at=late_from, id=message_id
        )


@pytest.fixture
def register(organisation: SampleOrganisation) -> Register:
    made = Register(organisation.staffed())
    made.start()  # the event log is read from here on
    made.choose()
    return made
