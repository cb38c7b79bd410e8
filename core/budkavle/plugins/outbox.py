"""What a plugin promises of work that is queued and the core sees done: its outboxes, and the sending of notices."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.errors import Misconfigured
from budkavle.model.notices import Notice, NoticeKind
from budkavle.model.states import NoticeState
from budkavle.plugins.protocols import Backoff, MaybeAsync


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
        gave_up: Called with a sentence that says why, when an entry has been parked. None where nobody need know.
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

    def __post_init__(self) -> None:
        """Judge the numbers here, where the author's own line is in sight."""
        if self.every <= timedelta(0) or min(self.backoff.tries, self.at_once) < 1:
            raise Misconfigured(
                "utkorgen {outbox}: every ska vara längre än noll, och tries och at_once minst 1", outbox=self.name
            )


@dataclass(frozen=True, slots=True)
class NotifierTraits:
    """How the core lets a notifier send.

    Attributes:
        backoff: The pauses between tries, how many tries there are, and how long one may take.
        every: The pause between two looks for notices that are due.
        at_once: How many notices are sent at the same time.
        kept: How long a notice is remembered that needs nothing more.
        keeps_text: Whether the text is kept, sealed, once it is sent: for a notifier of development, which sends
            nothing and shows it to administrators.
    """

    backoff: Backoff = field(default_factory=Backoff)
    every: timedelta = timedelta(seconds=1)
    at_once: int = 1
    kept: timedelta = timedelta(days=30)
    keeps_text: bool = False


@dataclass(frozen=True, slots=True)
class NoticeAttempt:
    """A notice that is to be sent now.

    Attributes:
        organisation_id: Whose notice it is.
        notice: The notice. Its `id` is the same at every attempt, so that a peer recognises a repetition.
        number: Which try this is; 1 is the first.
        is_unsure: Whether a worker ended in the middle of an earlier try, so that it may have been sent.
    """

    organisation_id: UUID
    notice: Notice
    number: int = 1
    is_unsure: bool = False


@runtime_checkable
class Notifier(Protocol):
    """A way to tell somebody something outside of the pages: by mail, by SMS, or by push.

    `check` is called in the unit of work of whoever asks, `send` in a worker and outside of any transaction.
    """

    name: str
    """Its name, unique in the installation."""
    kind: NoticeKind
    """What it sends. Where several plugins send a kind, the first in the order of `enabled` is asked."""
    traits: NotifierTraits

    def check(self, notice: Notice) -> None:
        """Say what is wrong with a notice before it is stored; it must be pure: no network, no database.

        Args:
            notice: What is asked for, of the notifier's kind.

        Raises:
            Invalid: The address is none, or something cannot be sent; the sentence never repeats the address.
        """
        ...

    def send(self, attempt: NoticeAttempt) -> MaybeAsync[NoticeState]:
        """Hand a notice over.

        A worker may repeat the call after a fault or a crash; what must not come twice looks at `is_unsure`.

        Args:
            attempt: The notice, and which try it is.

        Returns:
            SENT, or DELIVERED where nothing more will be heard, or UNSURE where it may have been sent and must not be
            sent again. What is heard later goes to `report_notice`.

        Raises:
            Temporary: Try again after the backoff. `NotYet`: it does not count as a try.
            Permanent: It will never go; the sentence says why, and never holds the address or the text.
        """
        ...
