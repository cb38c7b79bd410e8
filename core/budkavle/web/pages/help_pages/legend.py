"""Ikonernas betydelse: every icon of a message's state with its text, from the tables that the pages use (E29)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from budkavle.model.states import DeliveryState, IncomingState
from budkavle.plugins.protocols.transport import SaysStates, Transport
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import (
    FACTS,
    MEANINGS,
    N_,
    PLACES,
    UNKNOWN,
    UNOPENED,
    Meaning,
)
from budkavle.web.views.layout import page
from budkavle.web.views.tags import channel_tag

MARKS = (
    Meaning(N_("Bilagor"), "plain", "clip", N_("Meddelandet har bilagor. Siffran säger hur många.")),
    Meaning(N_("Sekretess"), "bad", "lock", N_("Avsändaren har märkt innehållet som sekretess.")),
    Meaning(N_("Nivå"), "plain", "key", N_("Mottagaren legitimerar sig på minst den här tillitsnivån för att läsa.")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An icon with its text, and the texts of channels that have their own."""

    icon: str
    kind: str
    word: str
    sentence: str
    remedy: str = ""
    by_channel: tuple[tuple[str, str, str], ...] = ()


@get("/help/icons", sync_to_thread=True)
def show_icons(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show what each icon means."""
    return page(visitor, "pages/help_icons.html", {"groups": _groups(visitor)}, folder="help")


def _groups(visitor: Visitor) -> list[dict[str, Any]]:
    sent = [_entry(visitor, MEANINGS[state], state) for state in DeliveryState]
    titled: list[tuple[str, Iterable[Entry]]] = [
        (N_("Hur långt ett skickat meddelande har kommit"), sent),
        (N_("Vad mottagaren av ett säkert meddelande har gjort"), _entries(visitor, [UNOPENED, *FACTS.values()])),
        (N_("Meddelanden som har kommit in"), _entries(visitor, [MEANINGS[state] for state in IncomingState])),
        (N_("Var ett ärende eller ett meddelande ligger"), _entries(visitor, PLACES.values())),
        (N_("Kanaler"), channels(visitor)),
        (N_("Andra märken"), _entries(visitor, [*MARKS, UNKNOWN])),
    ]
    return [{"title": visitor.say(title), "entries": list(entries)} for title, entries in titled]


def _entries(visitor: Visitor, meanings: Iterable[Meaning]) -> list[Entry]:
    return [_entry(visitor, one) for one in dict.fromkeys(meanings)]


def _entry(visitor: Visitor, one: Meaning, state: DeliveryState | None = None) -> Entry:
    words = tuple(_by_channel(visitor, state)) if state else ()
    remedy = visitor.say(one.remedy) if one.remedy else ""
    return Entry(one.icon, one.kind, visitor.say(one.word), visitor.say(one.sentence), remedy, words)


def _by_channel(visitor: Visitor, state: DeliveryState) -> Iterable[tuple[str, str, str]]:
    """Yield the channels with their own texts for a state: the channel's label, its word and its sentence."""
    for transport in _transports(visitor).values():
        channel: object = transport
        if isinstance(channel, SaysStates) and (state_words := channel.state_words.get(state)):
            word = visitor.say(state_words.word) if state_words.word else ""
            yield visitor.say(transport.label), word, visitor.say(state_words.sentence) if state_words.sentence else ""


def channels(visitor: Visitor) -> list[Entry]:
    """Return each channel once, by its tag in lists: the transports of a family share one."""
    tags = {channel_tag(visitor, name) for name in _transports(visitor)}
    return [Entry(tag.icon or "", "plain", tag.text, "") for tag in sorted(tags, key=lambda tag: tag.text)]


def _transports(visitor: Visitor) -> Mapping[str, Transport]:
    return visitor.platform.plugins.transports


HANDLERS = [show_icons]
