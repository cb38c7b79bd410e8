"""A case's messages as its page shows them."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from budkavle.messaging.case_view import CaseView, Threaded
from budkavle.model.messages import Address, Direction, Message
from budkavle.model.states import IncomingState
from budkavle.model.times import ZONE, clock, day_in_words, minute, when
from budkavle.previews.reading import FileReader
from budkavle.web.auth import Visitor
from budkavle.web.views import code_systems, sender_view
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.list_rows import SHOWN, authored
from budkavle.web.views.markdown import Drawing
from budkavle.web.views.render import initials
from budkavle.web.views.tags import channel_tag
from budkavle.web.views.timeline import recipient

UNDERWAY = timedelta(minutes=5)
"""If a message takes longer than this to arrive, the time when it was written is shown."""
EXCERPT = 140
"""The number of characters shown of a folded message."""
_MARKUP = re.compile(r"[*_#>`~|]+|^\s*[-+]\s", re.MULTILINE)


def messages(visitor: Visitor, view: CaseView) -> list[dict[str, Any]]:
    """Return the thread for the macro `message`; the channel of each message is included if there are several."""
    several = len({entry.message.transport for entry in view.thread}) > 1
    draw = Drawing(visitor.actor.organisation_id, visitor.say)
    drawn = {
        entry.message.id: draw(entry.message.body) for entry in reversed(view.thread) if entry.message.body
    }  # latest first
    latest = max(view.thread, key=lambda entry: entry.message.created_at).message.id
    return [
        _message(visitor, entry, drawn.get(entry.message.id, ""), several=several)
        | {
            "gone": _gone(visitor, view.times.gone_dates.get(entry.message.id)),
            "latest": entry.message.id == latest,
            "zip_url": f"/c/{view.case.id}/zip?message={entry.message.id}",
        }
        for entry in view.thread
    ]


def destroyed(visitor: Visitor, view: CaseView) -> list[str]:
    """Return a line for each destroyed message: when, its direction, its kind, and when it was received or sent."""
    transports = visitor.platform.plugins.transports
    lines = {
        Direction.IN: N_("Gallrat {day}. Inkommet meddelande ({kind}) från {at}."),
        Direction.OUT: N_("Gallrat {day}. Skickat meddelande ({kind}) från {at}."),
    }
    return [
        visitor.say(
            lines[gone.direction],
            day=day_in_words(gone.destroyed_at.astimezone(ZONE).date(), visitor.language),
            at=day_in_words(gone.created_at.astimezone(ZONE).date(), visitor.language),
            kind=visitor.say(transports[gone.transport].label) if gone.transport in transports else gone.transport,
        )
        for gone in view.times.destroyed
    ]


def ending(visitor: Visitor, view: CaseView) -> str:
    """Return the warning that some of a case's messages will soon be destroyed, or empty."""
    days = view.times.ending(datetime.now(ZONE).date())
    if not days:
        return ""
    sentence = N_(
        "Snart försvinner {count} av ärendets meddelanden, det första natten till {day}. Spara det som behövs."
    )
    return visitor.say(sentence, count=len(days), day=day_in_words(days[0], visitor.language))


def _gone(visitor: Visitor, day: date | None) -> str:
    """Say when a message will be destroyed; if the day has passed, something still prevents it."""
    if day is None:
        return ""
    if day <= datetime.now(ZONE).date():
        return visitor.say("Ska gallras så snart inget hindrar det.")
    return visitor.say("Gallras {day}.", day=day_in_words(day, visitor.language))


def author(visitor: Visitor, message: Message) -> str:
    """Return the author of a sent message, and the owner of the inbox if the author was a stand-in."""
    return authored(visitor, message.author or "", message.on_behalf_of) or str(message.sender)


def _message(visitor: Visitor, entry: Threaded, body: str, *, several: bool) -> dict[str, Any]:
    message = entry.message
    return {
        "id": message.id,
        "subject": message.subject,
        "sender": str(message.sender) if message.direction is Direction.IN else author(visitor, message),
        "sender_detail": _detail(visitor, message),
        "initials": initials(message.author or message.sender.organisation or message.sender.name),
        "at_iso": message.created_at.isoformat(),
        "at_text": _short_time(message.created_at, visitor.language),
        "at_full": minute(message.created_at, visitor.language),
        "body": body,
        "excerpt": _excerpt(message.body),
        "line": _line(visitor, message),
        "facts": _facts(visitor, message),
        "files": FileReader.tiles(message.attachments, "/a/{}".format),
        "confidential": message.confidential,
        "recalled": message.state is IncomingState.RECALLED,
        "no_reply": message.direction is Direction.IN and not message.reply_allowed,
        "outgoing": message.direction is Direction.OUT,
        "channel": channel_tag(visitor, message.transport) if several else None,
        "recipients": [recipient(visitor, track) for track in entry.tracks],
        "warnings": [*sender_view.doubts(visitor, message), *(visitor.say(warning) for warning in message.warnings)],
    }


def _short_time(at: datetime, language: str) -> str:
    """Return the time of day, with the day before it if it is not today."""
    short, time_of_day = when(at, language), clock(at, language)
    return short if short == time_of_day else f"{short} {time_of_day}"


def _excerpt(body: str) -> str:
    """Return the beginning of a message, on one line and without markup characters."""
    return " ".join(_MARKUP.sub("", body[: 4 * EXCERPT]).split())[:EXCERPT]


def _line(visitor: Visitor, message: Message) -> str:
    """Return the summary line: when it was written, the level, references and persons."""
    level = visitor.say("Tillitsnivå {loa}", loa=int(message.loa)) if message.loa else ""
    written = _written(visitor, message)
    written = visitor.say("Skrivet {at}", at=written) if written else ""
    references = [f"{visitor.say(code_systems.word(ref.root))} {ref.value}" for ref in message.references]
    about = [person.name or person.value for person in message.persons if person.party != "sender"]
    return " · ".join(filter(None, (written, level, *references, *about)))


def _written(visitor: Visitor, message: Message) -> str:
    """Return the sender's time of writing, if it differs much from when the message was received, else empty."""
    at = message.written_at
    if message.direction is Direction.OUT or at is None or abs(message.created_at - at) <= UNDERWAY:
        return ""
    return minute(at, visitor.language)


def _detail(visitor: Visitor, message: Message) -> str:
    if message.direction is Direction.IN:
        return ", ".join(person.name for person in message.persons if person.party == "sender" and person.name)
    return visitor.say("till {name}", name=_to(visitor, message))


def _join(addresses: Sequence[object]) -> str:
    return ", ".join(str(address) for address in addresses)


def _to(visitor: Visitor, message: Message) -> str:
    """Return the recipients; if there are many, each is listed with its state below the sent message."""
    more = len(message.recipients) - SHOWN
    if message.direction is Direction.IN or more <= SHOWN:
        return _join(message.recipients)
    rest = visitor.say("och {number} till", number=more)
    return f"{_join(message.recipients[:SHOWN])} {rest}"


def _facts(visitor: Visitor, message: Message) -> list[tuple[str, str]]:
    lines = [
        *([(visitor.say("Ämne"), message.subject)] if message.subject else []),
        (visitor.say("Från"), str(message.sender)),
        *sender_view.claims(visitor, message),
        (visitor.say("Till"), _to(visitor, message)),
        (visitor.say("Tid"), minute(message.created_at, visitor.language)),
    ]
    if written := _written(visitor, message):
        lines.append((visitor.say("Skrivet"), written))
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


def is_answerable(view: CaseView) -> bool:
    """Tell whether the last incoming message may be answered (feature M7)."""
    coming = [entry.message for entry in view.thread if entry.message.direction is Direction.IN]
    last = max(coming, key=lambda message: message.created_at, default=None)
    return last is None or (last.reply_allowed and last.state is not IncomingState.RECALLED)


def last_sender(view: CaseView) -> Address | None:
    """Return the sender of the last incoming message; None if there is none."""
    came = [entry.message for entry in view.thread if entry.message.direction is Direction.IN]
    return max(came, key=lambda message: message.created_at).sender if came else None
