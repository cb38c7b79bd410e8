"""Rows of lists for the templates' macros, made from cases and sent messages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from budkavle.cases.inbox import Sent, SentTo
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import Case
from budkavle.model.states import CaseState
from budkavle.model.times import when
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import FACTS, PLACES
from budkavle.web.views.recipient_status import shown
from budkavle.web.views.render import initials
from budkavle.web.views.tags import Tag, channel_tag, team_tags

SHOWN = 3
"""How many recipients are named in a row of Skickade and above a message; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A recipient in a row: the icon shows the state, the tooltip says it in words."""

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
    """The recipients, each with its state; shown in the sender's place."""
    taker: str | None = None
    taker_initials: str = ""
    author: str | None = None
    """The author of the sent message."""
    author_initials: str = ""
    action_url: str | None = None
    action_text: str = ""
    action_icon: str | None = None
    case: UUID | None = None
    """For a row that is not a case: the case whose changes update it."""
    ticks: bool = False


def case_row(
    visitor: Visitor,
    case: Case,
    query: str = "",
    current: UUID | None = None,
    *,
    shared: bool = True,
    ticks: bool = False,
) -> Row:
    """Make a row of a case.

    Args:
        visitor: The reader.
        case: The case.
        query: The list's own query, so that the case opens next to the same list.
        current: The open case.
        shared: Whether cases are taken here; in a personal inbox they are not.
        ticks: Whether it has a checkbox for bulk actions.
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
        tags=[*_place_tag(visitor, case.state, shared=shared), *team_tags(visitor, case)],
        taker=case.holder if shared and case.holder_id else None,
        taker_initials=initials(case.holder),
        action_url=f"/c/{case.id}/take{query}" if untaken else None,
        action_text=visitor.say("Ta ärendet"),
        action_icon="take",
        ticks=ticks,
    )


def as_reader(rows: Sequence[Row]) -> list[Row]:
    """Return rows without actions, for users with read access only."""
    return [replace(row, action_url=None) for row in rows]


def masked(visitor: Visitor, case: Case) -> str:
    """Return the text for a subject that is not shown: it is recalled, or needs a stronger identification."""
    if case.recalled:
        return visitor.say("Återkallat av avsändaren")
    if case.loa > visitor.actor.loa:
        return visitor.say("Tillitsnivå {loa}: legitimera dig för att läsa", loa=int(case.loa))
    return visitor.say("(utan ämne)")


def sent_row(visitor: Visitor, sent: Sent, *, shared: bool = True) -> Row:
    """Make a row of a sent message: its recipients with their states, and the states in words.

    Args:
        visitor: The reader.
        sent: The message.
        shared: Whether colleagues write here; in a personal inbox only a stand-in is named.
    """
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
        author=authored(visitor, sent.author, sent.on_behalf_of) if shared or sent.on_behalf_of else None,
        author_initials=initials(sent.author),
    )


def authored(visitor: Visitor, author: str, on_behalf_of: str) -> str:
    """Return the author of a message, and the owner of the inbox if the author was a stand-in."""
    return visitor.say("{who} för {owner}", who=author, owner=on_behalf_of) if on_behalf_of else author


def _addressee(visitor: Visitor, recipient: SentTo) -> Addressee:
    now = shown(visitor, recipient)
    return Addressee(str(recipient.recipient), f"/d/{recipient.delivery_id}", now.icon, now.kind, visitor.say(now.word))


def _state_tags(visitor: Visitor, sent: Sent) -> list[Tag]:
    """Return the states of all recipients with their counts, those that need action first; and the level."""
    counts = Counter(shown(visitor, recipient) for recipient in sent.recipients)
    order = {"bad": 0, "wait": 1}
    tags = [
        Tag(visitor.say(status.word) + (f": {number}" if len(counts) > 1 else ""), status.kind, status.icon)
        for status, number in sorted(counts.items(), key=lambda pair: order.get(pair[0].kind, 2))
    ]
    if downloads := sum(1 for recipient in sent.recipients if recipient.downloaded_at):
        downloaded, number_text = FACTS[Fact.DOWNLOADED], f": {downloads}" if len(sent.recipients) > 1 else ""
        tags.append(Tag(visitor.say(downloaded.word) + number_text, "ok", downloaded.icon))
    return [*tags, *_level_tag(visitor, sent.loa)]


def _place_tag(visitor: Visitor, state: CaseState, *, shared: bool) -> list[Tag]:
    """Return the tag for a closed, archived or binned case, if any."""
    place = PLACES.get((state, shared))
    return [Tag(visitor.say(place.word), place.kind, place.icon)] if place else []


def _level_tag(visitor: Visitor, loa: Loa) -> list[Tag]:
    return [Tag(visitor.say("Nivå {loa}", loa=int(loa)), "plain", "key")] if loa else []
