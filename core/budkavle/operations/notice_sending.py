"""Sends queued notices through the plugins' notifiers: for each kind an outbox, and one more for urgent notices."""

from functools import partial
from uuid import UUID

from budkavle.model.errors import Invalid, Permanent, Temporary
from budkavle.model.notices import NoticeKind
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.states import NoticeState
from budkavle.notices import store
from budkavle.notices.asking import queue_of
from budkavle.notices.notifiers import notifiers
from budkavle.notices.store import StoredNotice
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.notifier import NoticeAttempt, Notifier, NotifierTraits
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.storage.platform import Platform

TOO_LATE = "Det hann inte skickas medan det gällde."
WELL = frozenset({NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNSURE})
"""What a notifier may return."""
KEPT = NotifierTraits().kept


def outboxes(platform: Platform) -> dict[str, Outbox]:
    """Return the outboxes of notices, by queue name, for the kinds that have a notifier."""
    return {
        queue_of(kind, is_urgent=urgent): outbox(platform, of.thing, is_urgent=urgent)
        for kind, of in notifiers(platform.plugins).items()
        for urgent in (False, True)
    }


def outbox(platform: Platform, notifier: Notifier, *, is_urgent: bool) -> Outbox:
    """Return the outbox of one notifier."""
    traits = notifier.traits
    return Outbox(
        queue_of(notifier.kind, is_urgent=is_urgent).partition(".")[2],
        partial(_send, platform, notifier),
        partial(_give_up, platform),
        backoff=traits.backoff,
        every=traits.every,
        at_once=traits.at_once,
    )


def sweep(platform: Platform) -> int:
    """Delete notices that have been finished for a long time, in all organisations; return how many."""
    return platform.in_each_organisation(partial(_sweep, platform))


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    senders = notifiers(platform.plugins)
    kept = {kind: senders[kind].thing.traits.kept if kind in senders else KEPT for kind in NoticeKind}
    with platform.work(_actor(organisation_id)) as work:
        return sum(store.sweep(work, kind, days) for kind, days in kept.items())


def _send(platform: Platform, notifier: Notifier, entry: OutboxEntry) -> None:
    stored = _find(platform, entry)
    if stored is None or stored.status.state not in store.OPEN:
        return  # deleted, or a report was faster
    if stored.is_expired:
        _move(platform, entry, NoticeState.FAILED, TOO_LATE)
        return
    if any(answer.thing is False for answer in platform.plugins.call_hook("budkavle_notice_due", status=stored.status)):
        _move(platform, entry, NoticeState.WITHDRAWN)
        return
    attempt = NoticeAttempt(entry.organisation_id, stored.notice, entry.attempt, entry.is_unsure)
    try:
        state = _hand_over(platform, notifier, attempt)
    except Temporary as error:
        with platform.work(_actor(entry.organisation_id)) as work:
            store.note_failure(work, stored.notice.id, error.sentence)
        raise
    except Permanent as error:
        _move(platform, entry, NoticeState.FAILED, error.sentence)
        return
    _move(platform, entry, state)


def _hand_over(platform: Platform, notifier: Notifier, attempt: NoticeAttempt) -> NoticeState:
    def send() -> NoticeState:
        try:
            call(notifier.check, attempt.notice)  # it may have been paused when the notice was requested
        except Invalid as error:
            raise Permanent(error.sentence) from error
        state = call(notifier.send, attempt)
        if state not in WELL:
            raise TypeError(f"send gave {state!r}, and a notifier answers SENT, DELIVERED or UNSURE")
        return state

    plugins, seconds = platform.plugins, notifier.traits.backoff.deadline.total_seconds()
    called = Called(plugins.owner("notifiers", notifier.name), "notifiers", f"{notifier.name}.send")
    return plugins.walls.ask_here(called, seconds, send)


def _give_up(platform: Platform, entry: OutboxEntry, failure: str) -> None:
    _move(platform, entry, NoticeState.PARKED, failure)


def _find(platform: Platform, entry: OutboxEntry) -> StoredNotice | None:
    with platform.work(_actor(entry.organisation_id)) as work:
        return store.find(work, UUID(entry.key))


def _move(platform: Platform, entry: OutboxEntry, state: NoticeState, failure: str = "") -> None:
    with platform.work(_actor(entry.organisation_id)) as work:
        store.move(work, UUID(entry.key), state, failure)


def _actor(organisation_id: UUID) -> SystemActor:
    return SystemActor(organisation_id, CORE_NAME)
