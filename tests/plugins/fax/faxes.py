"""Writes faxes as a case worker does, and looks at what becomes of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from budkavle import Address, Draft, Message
from budkavle.messaging import read_case, send
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work

PEER, OTHER = "+46107654321", "+4681234567"


def write(organisation: SampleOrganisation, *numbers: str, files: tuple[UUID, ...] = ()) -> Message:
    to = tuple(Address("fax", one) for one in numbers or (PEER,))
    return in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft(to, "Ang. åtgärd", "Hej!\n\nSe bilagan.", files),
    )


def tracks(organisation: SampleOrganisation, message: Message) -> list[Any]:
    thread = in_work(organisation.platform, organisation.case_worker, read_case, message.case_id).thread
    return [track for one in thread for track in one.tracks]


def only(organisation: SampleOrganisation, message: Message) -> Any:
    (track,) = tracks(organisation, message)
    return track


def due(organisation: SampleOrganisation) -> None:
    """Let the pause between two tries be over."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now() - interval '1 second'"))
