"""Timelines: the steps of a delivery to its recipient, and the history of a case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from budkavle.cases.inbox import SentTo
from budkavle.deliveries.delivery_facts import Fact
from budkavle.messaging.case_view import CaseView, Threaded, Track
from budkavle.model.mailboxes import CaseEvent
from budkavle.model.messages import DeliveryEvent, Direction
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, DeliveryState, IncomingState, may_follow
from budkavle.model.times import day_in_words, moment
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import CASE_EVENTS, N_, OWN_EVENTS, Meaning, meaning, step
from budkavle.web.views.recipient_status import is_secure, own_words, shown
from budkavle.web.views.tags import way_text


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A line of a timeline."""

    kind: str
    text: str
    at_iso: str
    at_text: str
    note: str | None = None


def recipient(visitor: Visitor, track: Track) -> dict[str, Any]:
    """Return one recipient with its state and every step so far, for the macro `recipient`."""
    to = track.to
    secure = is_secure(visitor, to.recipient.transport)
    now = shown(visitor, to)
    return {
        "id": to.delivery_id,
        "name": str(to.recipient),
        "detail": _way_there(visitor, to, secure=secure),
        "kind": now.kind,
        "status": visitor.say(now.word),
        "icon": now.icon,
        "sentence": visitor.say(now.sentence),
        "remedy": visitor.say(now.remedy) if now.remedy else "",
        "turn": visitor.say(now.turn),
        "failure": visitor.say(to.failure) if to.failure else "",
        "retry_url": f"/d/{to.delivery_id}/retry" if to.state in {"SEND_FAILURE", "NOT_FOUND"} else None,
        "url": f"/d/{to.delivery_id}",
        "recall_url": f"/d/{to.delivery_id}/recall" if can_recall(visitor, to) else None,
        "steps": steps(visitor, track),
    }


def steps(visitor: Visitor, track: Track) -> list[TimelineEntry]:
    """Return the steps of the delivery to one recipient, for the macro `timeline`."""
    transport = track.to.recipient.transport
    secure, overrides = is_secure(visitor, transport), own_words(visitor, transport)
    words = visitor.platform.plugins.delivery_facts
    called = [
        (event, step(event.state, secure=secure, overrides=overrides, plugin_facts=words)) for event in track.events
    ]
    last = track.events[-1] if track.events else None
    return [
        _step(
            visitor, event.at, at.kind if event is last else _past(event, at), at.word, _note(visitor, track.to, event)
        )
        for event, at in called
    ]


def _past(event: DeliveryEvent, shown: Meaning) -> str:
    """Return the kind of a row that is not the last: the delivery no longer waits there."""
    return "plain" if shown.kind == "wait" and event.state in set(DeliveryState) else shown.kind


def _way_there(visitor: Visitor, to: SentTo, *, secure: bool) -> str:
    if not secure:
        return to.recipient.value
    transport = visitor.platform.plugins.transports.get(to.recipient.transport)
    return visitor.say("utan konto, med länk" if transport and transport.capabilities.guests else "har konto här")


def _note(visitor: Visitor, to: SentTo, event: DeliveryEvent) -> str:
    return way_text(visitor, to) if event.state == Fact.OPENED else event.detail


def can_recall(visitor: Visitor, to: SentTo) -> bool:
    """Tell whether a message can still be recalled from a recipient."""
    transport = visitor.platform.plugins.transports.get(to.recipient.transport)
    can = transport is not None and transport.capabilities.recall and to.opened_at is None
    return can and may_follow(DELIVERY, to.state, DeliveryState.RECALLED)


def _step(visitor: Visitor, at: datetime, kind: str, text: str, note: str = "") -> TimelineEntry:
    return TimelineEntry(
        kind, visitor.say(text), at.isoformat(), moment(at, visitor.language), visitor.say(note) or None
    )


def history(visitor: Visitor, view: CaseView, *, shared: bool = True) -> list[TimelineEntry]:
    """Return the history of a case in words, the oldest first: the case log and the incoming messages."""
    plugins_words = visitor.platform.plugins.event_words
    words = {**plugins_words, **CASE_EVENTS} if shared else {**plugins_words, **CASE_EVENTS, **OWN_EVENTS}
    steps = [(event.at, _case_step(visitor, event, words)) for event in view.log]
    for entry in view.thread:
        if entry.message.direction is Direction.IN:
            steps += [(step_at, step) for step_at, step in _arrival(visitor, entry)]
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _case_step(visitor: Visitor, event: CaseEvent, words: Mapping[str, str]) -> TimelineEntry:
    facts, ours = event.facts, event.facts.get("direction") == Direction.OUT
    by_message = event.kind == "reopened" and facts.get("by") == "message" and not ours
    kind = "answered" if event.kind == "joined" and ours else "reopened-by-message" if by_message else event.kind
    kind = "forwarded-gone" if kind == "forwarded" and not facts.get("to") else kind
    if kind == "due-set":
        facts = {**facts, "due": day_in_words(date.fromisoformat(facts["due"]), visitor.language)}
    text = visitor.say(words.get(kind, kind), **{**facts, "user": event.user or "Budkavle"})
    why = Sentence.from_stored(facts.get("why", ""))
    note = visitor.say("Tidigare: {name}", name=facts["name"]) if facts.get("name") else why
    return _step(visitor, event.at, "info", text, note)


def _arrival(visitor: Visitor, entry: Threaded) -> Iterator[tuple[datetime, TimelineEntry]]:
    message = entry.message
    warned = message.warnings or message.is_sender_doubted
    state = IncomingState.RECEIVED if message.state is IncomingState.RECALLED else message.state or ""
    now = meaning(IncomingState.RECEIVED_WITH_WARNINGS if warned else state)
    note = visitor.say("Från {sender}", sender=str(message.sender))
    text = now.word if warned else "Mottaget och kontrollerat"
    yield message.created_at, _step(visitor, message.created_at, now.kind, text, note)
    if entry.receipted_at:
        yield entry.receipted_at, _step(visitor, entry.receipted_at, "ok", N_("Kvittens skickad (accepterad)"))
