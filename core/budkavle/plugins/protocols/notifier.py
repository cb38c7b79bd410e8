"""The Protocols of a notifier, which sends notices by mail, SMS or push, and of a way to notify mailbox members."""

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
    """How the core schedules a notifier.

    Attributes:
        backoff: The pauses between attempts, the number of attempts, and the timeout of one.
        every: The interval of the checks for notices that are due.
        at_once: How many notices are sent in parallel.
        kept: How long a finished notice is stored.
        keeps_text: Whether the text is stored, sealed, after sending: for a notifier in development, which sends
            nothing and shows the text to administrators.
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
        number: The number of this attempt; 1 is the first.
        is_unsure: Whether a worker died during an earlier attempt, or one was abandoned at its deadline, so that the
            notice may have been sent.
    """

    organisation_id: UUID
    notice: Notice
    number: int = 1
    is_unsure: bool = False


@runtime_checkable
class Notifier(Protocol):
    """A channel for notices to people: mail, SMS or push.

    `check` is called in the unit of work that asks for the notice. A worker calls it once more before `send`, outside
    of any transaction: it may have failed or been paused the first time.

    Attributes:
        name: Its name, unique in the installation.
        kind: What it sends. If several plugins send a kind, the first in the order of `enabled` is used.
    """

    name: str
    kind: NoticeKind
    traits: NotifierTraits

    def check(self, notice: Notice) -> None:
        """Validate a notice before it is stored; it must be pure: no network, no database.

        Args:
            notice: What is asked for, of the notifier's kind.

        Raises:
            Invalid: The address is malformed, or something cannot be sent; the sentence never repeats the address.
        """
        ...

    def send(self, attempt: NoticeAttempt) -> MaybeAsync[NoticeState]:
        """Hand a notice over.

        A worker may repeat the call after a fault or a crash; a notifier that must not send twice checks `is_unsure`.

        Args:
            attempt: The notice, and the number of the attempt.

        Returns:
            SENT; DELIVERED if the response is final; UNSURE if it may have been sent and must not be sent again. Pass
            later reports to `report_notice`.

        Raises:
            Temporary: Retry after the backoff. `NotYet`: it does not count as an attempt.
            Permanent: It can never be sent; the sentence says why, and never contains the address or the text.
        """
        ...


@runtime_checkable
class NoticeWay(Protocol):
    """A way to notify the members of a mailbox of what it receives; each of them chooses it under Aviseringar.

    The core knows who wants notices, of which mailbox, when, and during which quiet hours not. It calls the way in a
    worker, when the time has come.

    Attributes:
        name: Its name, unique in the installation. The database stores it, so never change it.
        label: Its display name, such as "E-post"; a Swedish sentence and a key of the plugin's translations.
        usual: The default pace of notices of the personal inbox, of assignments and of mentions.
        tells_inbox_itself: Whether the plugin itself notifies at once of messages to a personal inbox, so that the core
            does not call it.
    """

    name: str
    label: str
    usual: Pace
    tells_inbox_itself: bool

    def lacks(self, work: UnitOfWork, user_id: UUID) -> str:
        """Say what a person must do before the way reaches them, such as to allow it in a browser.

        Called in the unit of work of the page Aviseringar, and in the one that stores a message in the person's inbox.

        Args:
            work: In the organisation; its actor is the person, or the system.
            user_id: The person.

        Returns:
            A sentence; empty if the way reaches the person.
        """
        ...

    def tell(self, work: UnitOfWork, news: MemberNews) -> None:
        """Queue the notification of a person: a notice by `notify`, or an entry in an outbox.

        It sends nothing itself, since the unit of work may still be rolled back. What is queued belongs to the unit of
        work and so happens once.

        Args:
            work: In the organisation; its actor is the core.
            news: The news. `news.notice(...)` makes a notice of it.

        Raises:
            Invalid: The person cannot be notified. The core gives up; other ways continue.
        """
        ...
