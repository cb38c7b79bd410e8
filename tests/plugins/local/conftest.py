"""Two organisations of one installation: Ada of Habo writes, Fia of Mullsjö reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from budkavle import Address, Draft, Loa, Message, Platform
from budkavle.cases import CaseFilter, list_cases
from budkavle.messaging import send
from budkavle.testing import deliver_due, in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

BODY = "Se nedan."


@dataclass
class Neighbours:
    """The writer and the reader, and their messages."""

    organisation: SampleOrganisation
    other_organisation: SampleOrganisation

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def writer(self) -> SampleUser:
        return self.organisation.case_worker.at(Loa.TWO, "password")

    @property
    def reader(self) -> SampleUser:
        return self.other_organisation.case_worker.at(Loa.TWO, "password")

    def open_with(self, platform: Platform) -> None:
        """Continue in another process of the same installation."""
        self.organisation.platform = self.other_organisation.platform = platform

    def address(self) -> Address:
        """The address of the reader's own mailbox."""
        reader = self.reader
        return Address("local", str(reader.personal_id), reader.name, "", str(reader.organisation_id))

    def write(self, *recipients: Address) -> Message:
        """Write a message, by default to the reader's e-mail address."""
        addresses = recipients or (Address("secure", self.reader.email),)
        draft = Draft(addresses, "Samtycke", BODY, loa=Loa.TWO)
        return in_work(self.platform, self.writer, send, self.writer.personal_id, draft)

    def inbox(self) -> list[Any]:
        """The cases of the reader's own mailbox."""
        return list(in_work(self.platform, self.reader, list_cases, self.reader.personal_id, CaseFilter()).items)

    def message_ids(self) -> list[UUID]:
        """The ids of the messages that the reader has received."""
        query = "SELECT id FROM messages WHERE mailbox_id = :id AND direction = 'in'"
        return [row.id for row in self.other_organisation.rows(query, id=self.reader.personal_id)]

    def delivery(self, message: Message) -> Any:
        (row,) = self.organisation.deliveries(message)
        return row

    def deliver(self) -> None:
        deliver_due(self.platform)


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the default settings."""
    return budkavle_open()


@pytest.fixture
def neighbours(organisation: SampleOrganisation, other_organisation: SampleOrganisation) -> Neighbours:
    """The two organisations."""
    return Neighbours(organisation, other_organisation)
