"""What a notifier promises, which sends notices by mail, SMS or push, and a way to tell the members of a mailbox."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.notices import MemberNews, Notice, NoticeKind, Pace
from budkavle.model.states import NoticeState
from budkavle.plugins.protocols.base import MaybeAsync, UnitOfWork
from budkavle.plugins.protocols.transport import Backoff


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


@runtime_checkable
class NoticeWay(Protocol):
    """A way to tell the members of a mailbox what comes to it, which each of them chooses under Aviseringar.

    The core knows who wants to be told, of which mailbox, when, and during which hours not at all. It asks the way in a
    worker, once the time has come.
    """

    name: str
    """Its name, unique in the installation. It stands in the database: keep it."""
    label: str
    """What the page calls it, such as "E-post"; a Swedish sentence and a key of the plugin's translations."""
    usual: Pace
    """When a person who has chosen nothing is told of the own inbox, of assignments and of mentions."""
    tells_inbox_itself: bool
    """Whether the plugin itself tells at once of what comes to a person's own inbox, so that the core does not ask."""

    def lacks(self, work: UnitOfWork, user_id: UUID) -> str:
        """Say what a person must do before the way reaches them, such as to allow it in a browser.

        Called in the unit of work of the page Aviseringar, and in the one that stores a message in the person's inbox.

        Args:
            work: In the organisation; its actor is the person, or the system.
            user_id: The person.

        Returns:
            A sentence; empty where the way reaches the person.
        """
        ...

    def tell(self, work: UnitOfWork, news: MemberNews) -> None:
        """Ask for what tells a person: a notice by `notify`, or an entry in an outbox.

        It sends nothing itself, since the unit of work may still be rolled back. What is asked for belongs to the unit
        of work and so happens once.

        Args:
            work: In the organisation; its actor is the core.
            news: What to tell. `news.notice(...)` makes a notice of it.

        Raises:
            Invalid: It cannot be told, such as for a wrong address. It is given up; other ways go on.
        """
        ...
