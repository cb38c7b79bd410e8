"""An outbox of a plugin: a queue whose entries are handled later, under a lease."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.base import MaybeAsync
from budkavle.plugins.protocols.transport import Backoff


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A queued entry that is to be handled now.

    Attributes:
        organisation_id: The organisation that it belongs to.
        id: Its id; the same at every attempt, so that a peer recognises a repetition.
        key: The key that it was queued with: a second entry with the same key was not queued.
        content: The content that it was queued with. It is stored sealed.
        attempt: The number of this attempt; 1 is the first.
        is_unsure: Whether a worker died during an earlier attempt, or one was abandoned at its deadline, so that the
            entry may have been handled.
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
    """A plugin's queue that the core keeps: each entry is handled until it succeeds or is parked.

    `enqueue` adds an entry, in the transaction of the change that it belongs to. A worker calls `handle` for it,
    outside of any transaction. If a worker dies meanwhile, another one calls it again: a handler that is not idempotent
    checks `is_unsure`.

    Attributes:
        name: Its name, unique in the plugin; `enqueue` names it `PLUGIN.NAME`.
        handle: Handles one entry. When it returns, the entry is deleted. It raises `Temporary` for a retry after a
            pause, `NotYet` for a retry that does not count as an attempt, and `Permanent` to give the entry up. Any
            other error counts as `Temporary`.
        gave_up: Called with a sentence that says why, when an entry has been given up; may be None.
        keeps_parked: Whether an entry that was given up stays, parked, until it is retried by command or expires. If it
            is False, the entry is deleted at once: for entries that soon lose their meaning, such as an expired link.
        backoff: The pauses between attempts, the number of attempts, and the timeout of one.
        every: The interval of the checks for entries that are due.
        at_once: How many entries are handled in parallel, each in its own thread.

    Raises:
        Misconfigured: `every` is not above zero, or `backoff.tries` or `at_once` is below 1.

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
        """Check the numbers here, so that the traceback shows the author's own line."""
        if self.every <= timedelta(0) or min(self.backoff.tries, self.at_once) < 1:
            raise Misconfigured(
                "utkorgen {outbox}: every ska vara längre än noll, och tries och at_once minst 1", outbox=self.name
            )
