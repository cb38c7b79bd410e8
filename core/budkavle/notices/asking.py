"""Requesting a notice, and learning its result."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from budkavle.model.errors import Forbidden, Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeStatus
from budkavle.model.people import refuse_barred
from budkavle.model.states import NoticeState
from budkavle.notices import store
from budkavle.notices.notifiers import notifiers
from budkavle.notices.store import StoredNotice
from budkavle.plugins.breakers import Called
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.notifier import Notifier
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.platform import Platform, Work

QUEUES = "notices."
"""The prefix of the outboxes in which notices wait."""
NO_NOTIFIER = {
    NoticeKind.MAIL: "Det går inte att skicka e-post härifrån: inget tillägg som gör det är påslaget.",
    NoticeKind.SMS: "Det går inte att skicka SMS härifrån: inget tillägg som gör det är påslaget.",
    NoticeKind.PUSH: "Det går inte att skicka pushnotiser härifrån: inget tillägg som gör det är påslaget.",
}
ONE_LINE = "Rubriken ska vara en enda rad."
NO_LINK = "Länken ska börja med https:// eller http://."


def notice_kinds(platform: Platform) -> frozenset[NoticeKind]:
    """Return the kinds of notice that this installation can send, so that only these are offered.

    Args:
        platform: The installation.
    """
    return frozenset(notifiers(platform.plugins))


def notify(work: Work, notice: Notice) -> UUID | None:
    """Request a notice; it is sent once the unit of work is committed, and never if it is not.

    Args:
        work: In the notice's organisation.
        notice: The recipient, the text and the channel.

    Returns:
        The notice's id, by which `find_notice` returns its status; None if a notice with its topic and key has already
        been requested, so that this one is not sent.

    Raises:
        Invalid: No plugin sends this kind, or the address, the subject or the link is not valid. Nothing has been
            stored.

    Example:
        with host.work(actor) as work:
            notify(work, Notice(NoticeKind.MAIL, address, "pigeon.landed", "Duvan har landat", key=str(dove.id)))
    """
    notifier = notifiers(work.platform.plugins).get(notice.kind)
    if notifier is None:
        raise Invalid(NO_NOTIFIER[notice.kind])
    _judge(notice)
    _check(work, notifier, notice)
    if not store.add(work, notice):
        return None
    enqueue(work, NewEntry(queue_of(notice.kind, is_urgent=notice.is_urgent), b"", key=str(notice.id)))
    return notice.id


def find_notice(work: Work, notice_id: UUID) -> NoticeStatus | None:
    """Return a notice's status; None if there is no such notice, or it has been deleted.

    Args:
        work: In the notice's organisation.
        notice_id: As returned by `notify`.
    """
    stored = store.find(work, notice_id)
    return stored.status if stored else None


def find_notices(work: Work, topic: str, about: Sequence[UUID]) -> list[NoticeStatus]:
    """Return the status of a topic's notices about some objects, in the order in which they were requested.

    Args:
        work: In the notices' organisation.
        topic: The topic.
        about: The ids of the objects, as in the notices.
    """
    return store.find_about(work, topic, about)


def list_notices(work: Work, kind: NoticeKind, limit: int = 50) -> list[StoredNotice]:
    """Return the latest notices of a kind with their addresses, the newest first, for administrators.

    Args:
        work: In the notices' organisation.
        kind: The kind.
        limit: The most to return.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    _require_admin(work)
    return store.latest(work, kind, limit)


def count_failed_notices(work: Work, kind: NoticeKind, since: datetime) -> int:
    """Count the notices of a kind that were requested since a time and have not been delivered.

    Args:
        work: In the notices' organisation.
        kind: The kind.
        since: The time.
    """
    return store.count_failed(work, kind, since)


def report_notice(work: Work, notice_id: UUID, state: NoticeState, failure: str = "") -> bool:
    """Record what a notifier has learnt about a notice, such as a bounced mail or an SMS report.

    Args:
        work: In the notice's organisation.
        notice_id: The notice.
        state: SENT, UNSURE, DELIVERED or FAILED.
        failure: Why it was not delivered, in words; never the address.

    Returns:
        Whether it changed the state. A repeated or late report changes nothing.
    """
    return store.move(work, notice_id, state, failure)


def forget_notices(work: Work, about: Sequence[UUID]) -> int:
    """Delete the notices about objects that no longer exist; pending ones are not sent.

    Notices about a destroyed case, message or delivery are deleted by the core itself.

    Args:
        work: In the notices' organisation.
        about: The ids of the objects, as in the notices.

    Returns:
        How many there were.
    """
    return store.forget(work, about)


def queue_of(kind: NoticeKind, *, is_urgent: bool) -> str:
    """Return the name of the outbox for notices of a kind; urgent ones have their own."""
    return f"{QUEUES}{kind.value}{'_urgent' if is_urgent else ''}"


def _judge(notice: Notice) -> None:
    if "\n" in notice.subject or "\r" in notice.subject:
        raise Invalid(ONE_LINE)
    if notice.link is not None and not notice.link.url.startswith(("https://", "http://")):
        raise Invalid(NO_LINK)


def _check(work: Work, notifier: Of[Notifier], notice: Notice) -> None:
    """Let the notifier judge a notice. If it fails or is paused, the notice waits, and is judged before it is sent."""
    called = Called(notifier.plugin, "notifiers", f"{notifier.thing.name}.check")
    try:
        work.platform.plugins.walls.ask_here(called, 5.0, notifier.thing.check, notice)
    except (Invalid, SQLAlchemyError):
        raise
    except Exception:  # noqa: BLE001, S110 - the plugin's own; the walls have recorded it
        pass


def _require_admin(work: Work) -> None:
    if not work.actor.is_admin:
        refuse_barred(work.actor)
        raise Forbidden("Bara administratörer får se vad som har skickats.")
