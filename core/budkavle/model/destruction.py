"""What the core passes to plugins when messages are destroyed (gallring), and what they answer."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """A case of which messages are to be destroyed.

    Attributes:
        id: The case.
        mailbox_id: The mailbox that it is in.
        message_ids: Its messages that are to be destroyed.
        is_whole: Whether that is all of them, so that the case is destroyed too.
    """

    id: UUID
    mailbox_id: UUID
    message_ids: tuple[UUID, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class PlannedDestruction:
    """What is to be destroyed, unless a plugin holds it back.

    Attributes:
        organisation_id: Whose it is.
        cases: What is to be destroyed, by case.
        reason: Why, in a sentence.
    """

    organisation_id: UUID
    cases: tuple[PlannedCase, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A plugin's decision that something must be kept for now.

    Attributes:
        thing_id: A case or a message of the plan. A case that is to be destroyed by its own id is kept whole if one
            of its messages is held; of a case whose messages are to be destroyed, only the held ones are kept.
        why: A sentence for the members of the mailbox, a translation key. It stays in the event log, so it names no
            person and nothing of a message's content.
    """

    thing_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case, or messages of it, that were not destroyed.

    Attributes:
        case_id: The case.
        message_ids: The messages that are kept.
        by: The plugin that holds them back; empty for the core.
        why: Why, in a sentence, a translation key.
    """

    case_id: UUID
    message_ids: tuple[UUID, ...]
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What has been destroyed, for a plugin that has rows about it.

    Attributes:
        organisation_id: Whose it was.
        case_ids: The cases that are destroyed whole.
        message_ids: The messages.
        delivery_ids: Their deliveries.
        reason: Why, in a sentence.
        user_ids: Closed accounts of which all that was only their person's is destroyed; they and their names stay.
    """

    organisation_id: UUID
    case_ids: tuple[UUID, ...]
    message_ids: tuple[UUID, ...]
    delivery_ids: tuple[UUID, ...]
    reason: str
    user_ids: tuple[UUID, ...] = ()
