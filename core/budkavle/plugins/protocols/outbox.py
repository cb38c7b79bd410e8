"""An outbox of a plugin: what waits is done later, under a lease."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.base import MaybeAsync
from budkavle.plugins.protocols.transport import Backoff


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """Something that was queued and is to be done now.

    Attributes:
        organisation_id: Whose it is.
        id: Its own; the same at every attempt, so that a peer recognises a repetition.
        key: What it is about, as it was queued: a second entry of the same key was not queued.
        content: What it takes to do it, as it was queued. It lies sealed.
        attempt: Which try this is; 1 is the first.
        is_unsure: Whether a worker ended in the middle of an earlier try, so that it may have been done.
        queued_at: When it was queued.
    """

    organisation_id: UUID
    id: UUID
    key: str
    content: bytes = field(repr=False)
    attempt: int
    is_unsure: bool
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Outbox:
    """A queue of a plugin's that the core keeps: each entry is handled until it is done, or parked.

    `enqueue` puts an entry in, in the transaction of what it belongs to. A worker calls `handle` for it, outside of any
    transaction. Where a worker ends in the middle, another one calls it again: what cannot be repeated looks at
    `is_unsure`.

    Attributes:
        name: Its name, which is the plugin's own; `enqueue` names it `PLUGIN.NAME`.
        handle: Does one entry. It returns when it is done; the entry is then forgotten. It raises `Temporary` to be
            asked again after a pause, `NotYet` to be asked again without this counting as a try, and `Permanent` to
            give the entry up. Whatever else it raises counts as `Temporary`.
        gave_up: Called with a sentence that says why, when an entry has been given up. None where nobody need know.
        keeps_parked: Whether an entry that was given up stays, parked, until somebody has it tried anew or it is swept.
            Where it says nothing to anybody after a while, such as a link that has run out, it is forgotten at once.
        backoff: The pauses between tries, how many tries there are, and how long one may take.
        every: The pause between two looks for entries that are due.
        at_once: How many entries are handled at the same time, each in a thread of its own.

    Raises:
        Misconfigured: `every` is not longer than nothing, there are no tries, or nothing is handled at once.

    Example:
        def send(entry: OutboxEntry) -> None:
            mail_server.send(entry.content, message_id=str(entry.id))

        @hookimpl
        def budkavle_outboxes(host: Host) -> list[Outbox]:
            return [Outbox("mails", send)]

        with host.work(actor) as work:
            enqueue(work, NewEntry("letters.mails", content))
    """

    name: str
    handle: Callable[[OutboxEntry], MaybeAsync[None]]
    gave_up: Callable[[OutboxEntry, str], MaybeAsync[None]] | None = None
    backoff: Backoff = field(default_factory=Backoff)
    every: timedelta = timedelta(seconds=1)
    at_once: int = 1
    keeps_parked: bool = True

    def __post_init__(self) -> None:
        """Judge the numbers here, where the author's own line is in sight."""
        if self.every <= timedelta(0) or min(self.backoff.tries, self.at_once) < 1:
            raise Misconfigured(
                "utkorgen {outbox}: every ska vara längre än noll, och tries och at_once minst 1", outbox=self.name
            )
