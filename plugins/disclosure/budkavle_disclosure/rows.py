"""The rows of a list as shown at the desk, and as given out: masked text is removed here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from budkavle import Actor, Direction, Host, Loa, Message, record
from budkavle.accounts import all_mailboxes
from budkavle.messaging import find_messages
from budkavle_disclosure.access import N_, reader
from budkavle_disclosure.lists import FIELDS, ROW, ZONE, PostList, StoredRow, stored_rows

Say = Callable[[str], str]
"""A function that translates one of the plugin's sentences into the reader's language."""
PART = 500
"""How many rows are decrypted at once when a whole list is given out."""
UNJUDGED = N_("sekretess är inte prövad")
DESTROYED = N_("Gallrat meddelande")
IN, OUT = N_("In"), N_("Ut")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row with all its content.

    Attributes:
        registration: The number under which the message is registered; empty if it is not.
        protected: Whether the message requires a level of assurance or is marked as confidential.
        masks: The ground for each masked field, as decided by somebody.
        judged: Whether somebody has decided about the row.
    """

    position: int
    at: datetime | None
    direction: str
    registration: str
    sender: str
    receiver: str
    subject: str
    protected: bool
    masks: Mapping[str, str]
    judged: bool

    def ground(self, field: str) -> str:
        """Return why a field is masked; empty if it is not."""
        if self.protected and not self.judged:
            return UNJUDGED
        return self.masks.get(ROW) or self.masks.get(field) or ""


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row as it is given out: a masked field contains only the ground.

    Attributes:
        masked: How many of its fields are masked.
    """

    position: str
    date: str
    registration: str
    direction: str
    sender: str
    receiver: str
    subject: str
    masked: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells in the order of the columns."""
        return (
            self.position,
            self.date,
            self.registration,
            self.direction,
            self.sender,
            self.receiver,
            self.subject,
        )


COLUMNS = (
    N_("Nr"),
    N_("Datum"),
    N_("Diarienummer"),
    N_("Riktning"),
    N_("Avsändare"),
    N_("Mottagare"),
    N_("Vad det rör"),
)


def open_rows(host: Host, actor: Actor, post_list: PostList, since: int, limit: int) -> list[ListRow]:
    """Decrypt rows of a list for somebody at the desk, and record in the event log that they were read.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk, as checked by `DESK.require`.
        post_list: The list.
        since: The position of the first row.
        limit: The most rows to return.
    """
    stored = stored_rows(host, post_list, actor.organisation_id, since, limit)
    if not stored:
        return []
    ids = [row.message_id for row in stored]
    with host.work(reader(host, actor)) as work:
        messages = {message.id: message for message in find_messages(work, ids)}
        mailboxes = {mailbox.id: mailbox.name for mailbox in all_mailboxes(work)}
        first, last = stored[0].position, stored[-1].position
        record(work, "disclosure.list-read", post_list.id, actor, first=first, last=last)
    numbers = registrations(host, actor.organisation_id, ids)
    return [_row(row, messages.get(row.message_id), numbers.get(row.message_id, ""), mailboxes) for row in stored]


def registrations(host: Host, organisation_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the numbers under which messages are registered, according to plugins."""
    answers = host.platform.plugins.call_hook(
        "disclosure_registrations", organisation_id=organisation_id, message_ids=message_ids
    )
    return {message_id: number for answer in answers for message_id, number in answer.thing.items()}


def give_out(row: ListRow, say: Say) -> GivenRow:
    """Return a row as it is given out."""

    def cell(field: str, text: str) -> str:
        ground = row.ground(field)
        return say("Maskerat: {ground}").format(ground=say(ground)) if ground else text

    return GivenRow(
        position=str(row.position),
        date=row.at.astimezone(ZONE).date().isoformat() if row.at else "",
        registration=cell("registration", row.registration) if row.registration else "",
        direction=say(row.direction) if row.direction else "",
        sender=cell("sender", row.sender),
        receiver=cell("receiver", row.receiver),
        subject=cell("subject", row.subject) if row.at else say(DESTROYED),
        masked=sum(bool(row.ground(field)) for field in FIELDS if field != ROW),
    )


def all_given(host: Host, actor: Actor, post_list: PostList, say: Say) -> Iterator[GivenRow]:
    """Yield every row of a list as it is given out, decrypted some at a time."""
    for since in range(1, post_list.rows + 1, PART):
        for row in open_rows(host, actor, post_list, since, PART):
            yield give_out(row, say)


def _row(stored: StoredRow, message: Message | None, number: str, mailboxes: Mapping[UUID, str]) -> ListRow:
    if message is None or not (message.sender.value or message.sender.name or message.recipients):
        # Destroyed in the meantime: nothing of it is left to decrypt.
        return ListRow(stored.position, None, "", number, "", "", "", False, stored.masks, True)
    incoming = message.direction is Direction.IN
    mailbox = mailboxes.get(message.mailbox_id, "")
    receivers = [_named(to.organisation, to.name, to.value) for to in message.recipients]
    if incoming and mailbox and not any(to.name for to in message.recipients):
        # A peer writes to an address; users know the mailbox by its name.
        receivers = [mailbox]
    return ListRow(
        position=stored.position,
        at=message.created_at,
        direction=IN if incoming else OUT,
        registration=number,
        sender=_named(message.sender.organisation, message.sender.name, message.sender.value),
        receiver="; ".join(receivers),
        subject=message.subject,
        protected=message.confidential or message.loa > Loa.NONE,
        masks=stored.masks,
        judged=stored.judged,
    )


def _named(organisation: str, name: str, value: str) -> str:
    return ", ".join(part for part in (organisation, name or value) if part)
