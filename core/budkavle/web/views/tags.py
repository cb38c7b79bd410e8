"""The tags of a case or a message, and labels of plugins, channels and identification methods."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from budkavle.cases.inbox import SentTo
from budkavle.identification import providers
from budkavle.model.mailboxes import Case
from budkavle.model.states import CaseState
from budkavle.model.times import ZONE, day_in_words
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_

NEARLY_A_YEAR = 300
"""From this many days away, a date is written with its year."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label with a colour and an icon."""

    text: str
    kind: str = "plain"
    icon: str | None = None


def plugin_labels(visitor: Visitor) -> dict[str, str]:
    """Return the labels of the enabled plugins, by their names."""
    plugins = visitor.platform.plugins
    return {name: visitor.say(plugins.label(name)) for name in plugins.names}


def plugin_label(visitor: Visitor, name: str) -> str:
    """Return a plugin's label; for a disabled one, its name."""
    return visitor.say(visitor.platform.plugins.label(name))


def channel_text(visitor: Visitor, transport: str) -> str:
    """Return the label of a transport or a family; its name if the plugin is disabled."""
    return channel_tag(visitor, transport).text


def channel_texts(visitor: Visitor, transports: Sequence[str]) -> dict[str, str]:
    """Return distinct labels of transports: those with the same label also say whom they reach."""
    texts = {name: channel_text(visitor, name) for name in transports}
    called = Counter(texts.values())
    return {name: text if called[text] == 1 else _with_readers(visitor, name, text) for name, text in texts.items()}


def _with_readers(visitor: Visitor, transport: str, text: str) -> str:
    active = visitor.platform.plugins.transports.get(transport)
    if active is None:
        return f"{text} ({transport})"
    if active.capabilities.guests:
        return visitor.say("{channel} till personer utan konto", channel=text)
    return visitor.say("{channel} till användare här", channel=text)


def channel_tag(visitor: Visitor, transport: str) -> Tag:
    """Return the tag of a transport or a family: its label and icon; a family has one icon."""
    transports = visitor.platform.plugins.transports
    named = transports.get(transport)
    family = named.capabilities.family if named else transport
    first = next((other for other in transports.values() if family and other.capabilities.family == family), named)
    if first is None:
        return Tag(transport)
    kind = "info" if first.capabilities.references else "plain"
    return Tag(visitor.say((named or first).label), kind, first.icon)


def way_text(visitor: Visitor, to: SentTo) -> str:
    """Return how a reader identified, in words: the method and the level."""
    if not to.opened_at:
        return ""
    way = providers.providers(visitor.platform).get(to.method)
    name = visitor.say(way.label if way else to.method or N_("Ingen legitimation"))
    return visitor.say("{way}, nivå {loa}", way=name, loa=int(to.loa)) if to.loa else name


def own_tags(case: Case) -> list[Tag]:
    """Return the mailbox's own tags on a case: a small square in the tag's colour next to its name."""
    return [Tag(tag.name, f"own {tag.colour}") for tag in case.tags]


def team_tags(visitor: Visitor, case: Case) -> list[Tag]:
    """Return the tags set by colleagues: that the case is restricted, its due date, and the mailbox's own tags."""
    restricted = [Tag(visitor.say(N_("Begränsat")), "wait", "lock")] if case.restricted else []
    return [*restricted, *due_tags(visitor, case), *own_tags(case)]


def due_tags(visitor: Visitor, case: Case) -> list[Tag]:
    """Return the due date of an open case; amber if that is today, tomorrow or past."""
    if case.due_on is None or case.state is not CaseState.OPEN:
        return []
    days = (case.due_on - datetime.now(ZONE).date()).days
    if days < -1:
        return [Tag(visitor.say(N_("Försenat {days} dagar"), days=-days), "wait", "clock")]
    near = {-1: N_("Försenat 1 dag"), 0: N_("Svar senast i dag"), 1: N_("Svar senast i morgon")}
    if days in near:
        return [Tag(visitor.say(near[days]), "wait", "clock")]
    day = day_in_words(case.due_on, visitor.language, "d MMM" if abs(days) < NEARLY_A_YEAR else "d MMM y")
    return [Tag(visitor.say(N_("Svar senast {day}"), day=day), "plain", "clock")]
