"""Rows, tags and timelines as the templates' macros take them, made of cases and messages."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from budkavle.cases.inbox import Sent, SentTo
from budkavle.deliveries.delivery_facts import Fact
from budkavle.identification import providers
from budkavle.messaging.case_view import CaseView, Threaded, Track
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import Case, CaseEvent, MailboxKind
from budkavle.model.messages import DeliveryEvent, Direction, Message
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, CaseState, DeliveryState, IncomingState, may_follow
from budkavle.model.times import moment, when
from budkavle.web.auth import Visitor
from budkavle.web.views import code_systems, sender_view
from budkavle.web.views.delivery_status import CASE_EVENTS, FACTS, N_, OWN_EVENTS, PLACES, Meaning, meaning, step
from budkavle.web.views.markdown import Drawing
from budkavle.web.views.recipient_status import is_secure, own_words, shown
from budkavle.web.views.render import initials, size


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with a colour and an icon."""

    text: str
    kind: str = "plain"
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A line of a timeline."""

    kind: str
    text: str
    at_iso: str
    at_text: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """A recipient in a row: the icon says the state, the tip says it in words."""

    name: str
    url: str
    icon: str
    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list; see templates/macros/rows.html."""

    id: UUID
    url: str
    sender: str
    subject: str
    at_iso: str
    at_text: str
    unread: bool = False
    current: bool = False
    channel: Tag | None = None
    confidential: bool = False
    attachments: int = 0
    tags: Sequence[Tag] = field(default_factory=tuple)
    people: Sequence["Addressee"] = ()
    """Where it went, each with its state; stands in the sender's place."""
    taker: str | None = None
    taker_initials: str = ""
    action_url: str | None = None
    action_text: str = ""
    action_icon: str | None = None
    case: UUID | None = None
    """Of a row that is no case: what happens in this case changes it."""


def channel_text(visitor: Visitor, transport: str) -> str:
    """Return what people call a transport or a family; one whose plugin is off keeps its name."""
    return channel_tag(visitor, transport).text


def channel_tag(visitor: Visitor, transport: str) -> Tag:
    """Return the tag of a transport or a family: what people call it, with its icon; a family has one icon."""
    transports = visitor.platform.plugins.transports
    named = transports.get(transport)
    family = named.capabilities.family if named else transport
    first = next((other for other in transports.values() if family and other.capabilities.family == family), named)
    if first is None:
        return Tag(transport)
    kind = "info" if first.capabilities.references else "plain"
    return Tag(visitor.say((named or first).label), kind, first.icon)


def case_row(visitor: Visitor, case: Case, query: str = "", current: UUID | None = None, *, shared: bool = True) -> Row:
    """Make a row of a case.

    Args:
        visitor: Who reads.
        case: The case.
        query: The list's own query, so that the case opens beside the same list.
        current: The case that is open.
        shared: Whether cases are taken here; in a person's own inbox they are not.
    """
    untaken = shared and case.state is CaseState.OPEN and case.holder_id is None
    return Row(
        id=case.id,
        url=f"/c/{case.id}{query}#row-{case.id}",
        sender=case.counterpart,
        subject=case.subject or masked(visitor, case),
        at_iso=case.active_at.isoformat(),
        at_text=when(case.active_at, visitor.language),
        unread=case.unread,
        current=case.id == current,
        channel=channel_tag(visitor, case.channel),
        confidential=case.confidential,
        attachments=case.attachments,
        tags=_place_tag(visitor, case.state, shared=shared),
        taker=case.holder if shared and case.holder_id else None,
        taker_initials=initials(case.holder),
        action_url=f"/c/{case.id}/take{query}" if untaken else None,
        action_text=visitor.say("Ta ärendet"),
        action_icon="take",
    )


def masked(visitor: Visitor, case: Case) -> str:
    """Return what stands for a subject that is not shown: it is recalled, or asks for a surer identification."""
    if case.recalled:
        return visitor.say("Återkallat av avsändaren")
    if case.loa > visitor.actor.loa:
        return visitor.say("Tillitsnivå {loa}: legitimera dig för att läsa", loa=int(case.loa))
    return visitor.say("(utan ämne)")


def way_text(visitor: Visitor, to: SentTo) -> str:
    """Return how a reader identified, in words: the way, and how surely."""
    if not to.opened_at:
        return ""
    way = providers.providers(visitor.platform).get(to.method)
    name = visitor.say(way.label if way else to.method or N_("Ingen legitimation"))
    return visitor.say("{way}, nivå {loa}", way=name, loa=int(to.loa)) if to.loa else name


SHOWN = 3
"""So many recipients are named in a row of Skickade; the others are counted."""


def sent_row(visitor: Visitor, sent: Sent, *, shared: bool = True) -> Row:
    """Make a row of a sent message: its recipients with their states, and the states in words."""
    people = [_addressee(visitor, recipient) for recipient in sent.recipients]
    more = len(people) - SHOWN
    return Row(
        id=sent.message_id,
        url=f"/c/{sent.case_id}#message-{sent.message_id}",
        case=sent.case_id,
        sender=visitor.say("och {number} till", number=more) if more > 0 else "",
        people=people[:SHOWN],
        subject=sent.subject or visitor.say("(utan ämne)"),
        at_iso=sent.created_at.isoformat(),
        at_text=when(sent.created_at, visitor.language),
        channel=channel_tag(visitor, sent.transport),
        confidential=sent.confidential,
        attachments=sent.attachments,
        tags=[*_state_tags(visitor, sent), *_place_tag(visitor, sent.case_state, shared=shared)],
    )


def _addressee(visitor: Visitor, recipient: SentTo) -> Addressee:
    now = shown(visitor, recipient)
    return Addressee(str(recipient.recipient), f"/d/{recipient.delivery_id}", now.icon, now.kind, visitor.say(now.word))


def _state_tags(visitor: Visitor, sent: Sent) -> list[Tag]:
    """Return the states of all recipients, what needs somebody first, each with its number; and the level."""
    many = Counter(shown(visitor, recipient) for recipient in sent.recipients)
    order = {"bad": 0, "wait": 1}
    tags = [
        Tag(visitor.say(status.word) + (f": {number}" if len(many) > 1 else ""), status.kind, status.icon)
        for status, number in sorted(many.items(), key=lambda pair: order.get(pair[0].kind, 2))
    ]
    if taken := sum(1 for recipient in sent.recipients if recipient.downloaded_at):
        downloaded, number_text = FACTS[Fact.DOWNLOADED], f": {taken}" if len(sent.recipients) > 1 else ""
        tags.append(Tag(visitor.say(downloaded.word) + number_text, "ok", downloaded.icon))
    return [*tags, *_level_tag(visitor, sent.loa)]


def _place_tag(visitor: Visitor, state: CaseState, *, shared: bool) -> list[Tag]:
    """Return that it is archived or in the bin, where it is."""
    place = PLACES.get((state, shared))
    return [Tag(visitor.say(place.word), place.kind, place.icon)] if place else []


def _level_tag(visitor: Visitor, loa: Loa) -> list[Tag]:
    return [Tag(visitor.say("Nivå {loa}", loa=int(loa)), "plain", "key")] if loa else []


def messages(visitor: Visitor, view: CaseView) -> list[dict[str, Any]]:
    """Return the thread for the macro `message`: what each says, where it went, and by which of several channels."""
    several = len({entry.message.transport for entry in view.thread}) > 1
    draw = Drawing(visitor.actor.organisation_id, visitor.say)
    drawn = {
        entry.message.id: draw(entry.message.body) for entry in reversed(view.thread) if entry.message.body
    }  # latest first
    return [_message(visitor, entry, drawn.get(entry.message.id, ""), several=several) for entry in view.thread]


def author(visitor: Visitor, message: Message) -> str:
    """Return who wrote what was sent, and for whom where somebody stood in."""
    if message.on_behalf_of:
        return visitor.say("{who} för {owner}", who=message.author, owner=message.on_behalf_of)
    return message.author or str(message.sender)


def _message(visitor: Visitor, entry: Threaded, body: str, *, several: bool) -> dict[str, Any]:
    message = entry.message
    return {
        "id": message.id,
        "subject": message.subject,
        "sender": str(message.sender) if message.direction is Direction.IN else author(visitor, message),
        "sender_detail": _detail(visitor, message),
        "initials": initials(message.author or message.sender.organisation or message.sender.name),
        "at_iso": message.created_at.isoformat(),
        "at_text": when(message.created_at, visitor.language),
        "body": body,
        "facts": _facts(visitor, message),
        "files": [
            {
                "url": f"/a/{file.id}",
                "name": file.file_name,
                "size_text": size(file.size, visitor.language),
                "note": None,
                "preview_url": None,
            }
            for file in message.attachments
        ],
        "confidential": message.confidential,
        "recalled": message.state is IncomingState.RECALLED,
        "no_reply": message.direction is Direction.IN and not message.reply_allowed,
        "outgoing": message.direction is Direction.OUT,
        "channel": channel_tag(visitor, message.transport) if several else None,
        "recipients": [recipient(visitor, track) for track in entry.tracks],
        "warnings": [*sender_view.doubts(visitor, message), *(visitor.say(warning) for warning in message.warnings)],
    }


def _detail(visitor: Visitor, message: Message) -> str:
    if message.direction is Direction.IN:
        return ", ".join(person.name for person in message.persons if person.party == "sender" and person.name)
    return visitor.say("till {name}", name=_to(visitor, message))


def _join(addresses: Sequence[object]) -> str:
    return ", ".join(str(address) for address in addresses)


def _to(visitor: Visitor, message: Message) -> str:
    """Return who it went to; of many, each stands with its state below what was sent."""
    more = len(message.recipients) - SHOWN
    if message.direction is Direction.IN or more <= SHOWN:
        return _join(message.recipients)
    rest = visitor.say("och {number} till", number=more)
    return f"{_join(message.recipients[:SHOWN])} {rest}"


def _facts(visitor: Visitor, message: Message) -> list[tuple[str, str]]:
    lines = [
        (visitor.say("Från"), str(message.sender)),
        *sender_view.claims(visitor, message),
        (visitor.say("Till"), _to(visitor, message)),
        (visitor.say("Tid"), moment(message.created_at, visitor.language)),
    ]
    if message.loa:
        lines.append((visitor.say("Tillitsnivå"), visitor.say("Nivå {loa}", loa=int(message.loa))))
    if message.open_text:
        lines.append((visitor.say("Öppet meddelande"), message.open_text))
    for reference in message.references:
        value = " ".join(part for part in (reference.value, reference.label) if part)
        lines.append((visitor.say(code_systems.word(reference.root)), value))
    term = visitor.say("Person")
    return lines + [(term, _person(visitor, person.root, person.value, person.name)) for person in message.persons]


def _person(visitor: Visitor, root: str, value: str, name: str) -> str:
    described = f"{visitor.say(code_systems.word(root))} {value}" if value else ""
    return ", ".join(part for part in (name, described) if part)


def recipient(visitor: Visitor, track: Track) -> dict[str, Any]:
    """Return one addressee with its state and every step on the way, for the macro `recipient`."""
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
    """Return each step on the way to one recipient, for the macro `timeline`."""
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
    """Return the kind of a row that others have followed: a delivery does not wait there any longer."""
    return "plain" if shown.kind == "wait" and event.state in set(DeliveryState) else shown.kind


def _way_there(visitor: Visitor, to: SentTo, *, secure: bool) -> str:
    if not secure:
        return to.recipient.value
    transport = visitor.platform.plugins.transports.get(to.recipient.transport)
    return visitor.say("utan konto, med länk" if transport and transport.capabilities.guests else "har konto här")


def _note(visitor: Visitor, to: SentTo, event: DeliveryEvent) -> str:
    return way_text(visitor, to) if event.state == Fact.OPENED else event.detail


def can_recall(visitor: Visitor, to: SentTo) -> bool:
    """Tell whether a message may still be taken back from a recipient."""
    transport = visitor.platform.plugins.transports.get(to.recipient.transport)
    can = transport is not None and transport.capabilities.recall and to.opened_at is None
    return can and may_follow(DELIVERY, to.state, DeliveryState.RECALLED)


def _step(visitor: Visitor, at: datetime, kind: str, text: str, note: str = "") -> TimelineEntry:
    return TimelineEntry(
        kind, visitor.say(text), at.isoformat(), moment(at, visitor.language), visitor.say(note) or None
    )


def history(visitor: Visitor, view: CaseView, *, shared: bool = True) -> list[TimelineEntry]:
    """Return what has happened in a case, in words, the oldest first: the case log and what came in."""
    words = CASE_EVENTS if shared else {**CASE_EVENTS, **OWN_EVENTS}
    steps = [(event.at, _case_step(visitor, event, words)) for event in view.log]
    for entry in view.thread:
        if entry.message.direction is Direction.IN:
            steps += [(step_at, step) for step_at, step in _arrival(visitor, entry)]
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _case_step(visitor: Visitor, event: CaseEvent, words: Mapping[str, str]) -> TimelineEntry:
    facts, ours = event.facts, event.facts.get("direction") == Direction.OUT
    by_message = event.kind == "reopened" and facts.get("by") == "message" and not ours
    kind = "answered" if event.kind == "joined" and ours else "reopened-by-message" if by_message else event.kind
    text = visitor.say(words.get(kind, kind), user=event.user or "Budkavle")
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
        yield entry.receipted_at, _step(visitor, entry.receipted_at, "ok", N_("Kvittens skickad: accepterat"))


def is_shared(kind: MailboxKind) -> bool:
    """Tell whether cases are taken and released in this kind of mailbox."""
    return kind is MailboxKind.FUNCTION
