"""The page Gallring of an entry: when it will be destroyed, why, and a catalogue's choice for its content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, Work, as_uuid
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.disposal.warnings import BUTTON, HINT, WARNING, Lowered, find_lowered
from budkavle_files.pages.rail import framed
from budkavle_files.tree import rights
from budkavle_files.tree.entries import require_to_change
from budkavle_files.tree.retention_rules import (
    AS_ABOVE,
    MOST_DAYS,
    Choice,
    Kind,
    Rule,
    Rules,
    choice_of,
    choose,
    day_begins,
    gone_on,
    load_kinds,
    load_rules,
)
from budkavle_files.tree.store import find_entries
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.views import breadcrumbs

PATH = "/plugin/files/retention"
ABOVE, DAYS, KIND = "above", "days", "kind"
"""The choices of a catalogue's form."""
N_ = str
"""Marks a sentence for the translations."""
AGAIN = N_("Visa vem du är, innan du ändrar när filer förstörs.")
SAVED = N_("Gallringen är sparad. Ändringen gäller från nästa natt.")


@dataclass(slots=True)
class Typed:
    """The content of the form."""

    how: str
    days: str
    kind: str
    faults: Mapping[str, str] = field(default_factory=dict)
    lowered: Lowered | None = None
    mark: str = ""

    @classmethod
    def of(cls, choice: Choice) -> "Typed":
        """Return the form for a choice."""
        how = KIND if choice.kind_id else DAYS if choice.days else ABOVE
        return cls(how, str(choice.days or ""), str(choice.kind_id or ""))

    def choice(self) -> Choice:
        """Return the choice in the form.

        Raises:
            Invalid: A field is not valid.
        """
        if self.how == DAYS:
            if not (self.days.isascii() and self.days.isdigit() and len(self.days) <= len(str(MOST_DAYS))):
                raise Invalid("Gallringen kunde inte sparas.", fields={"days": "Skriv ett tal mellan 1 och 36500."})
            return Choice(days=int(self.days))
        if self.how == KIND:
            kind_id = as_uuid(self.kind)
            if kind_id is None:
                raise Invalid("Gallringen kunde inte sparas.", fields={"kind": "Välj en handlingstyp i listan."})
            return Choice(kind_id=kind_id)
        return AS_ABOVE


def router(host: Host) -> Router:
    """Return the routes."""

    @get("/{entry_id:uuid}", sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor], entry_id: FromPath[UUID], saved: FromQuery[bool] = False
    ) -> Response[str]:
        """Show when an entry will be destroyed, or after how many days a catalogue's content will be."""
        return _page(host, visitor, entry_id, None, saved=saved)

    @post("/{entry_id:uuid}", sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]) -> Response[Any]:
        """Change a catalogue's choice; what that destroys is shown first."""
        typed = Typed(form.get("how"), form.get("days"), form.get("kind"))
        try:
            if _save(host, visitor, entry_id, typed, form.get("confirmed")):
                return Redirect(f"{PATH}/{entry_id}?saved=true", status_code=303)
        except Invalid as fault:
            typed.faults = fault.fields
        return _page(host, visitor, entry_id, typed)

    return Router(PATH, route_handlers=[show, save])


def _save(host: Host, visitor: Visitor, entry_id: UUID, typed: Typed, confirmed: str) -> bool:
    """Save the choice, or show in the form what it destroys if that has not been confirmed."""
    with visitor.work() as work:
        catalogue = require_to_change(host, work, entry_id)
        choice = typed.choice()
        lowered = find_lowered(host, work, catalogue, choice)
        if lowered is not None:
            visitor.require_fresh(AGAIN)
        if lowered is not None and lowered.count and confirmed != (choice.mark or ABOVE):
            typed.lowered, typed.mark = lowered, choice.mark or ABOVE
            return False
        choose(host, work, catalogue, choice)
    return True


def _page(host: Host, visitor: Visitor, entry_id: UUID, typed: Typed | None, *, saved: bool = False) -> Response[str]:
    with visitor.work() as work:
        entry, role = rights.reach(host, work, entry_id)
        rules, kinds = load_rules(host, work), load_kinds(host, work.organisation_id)
        above = breadcrumbs(host, work, entry)
        may_change = entry.is_catalogue and role >= AccessRole.ADMINISTRATOR
        form = (typed or Typed.of(choice_of(host, work, entry))) if may_change else None
        rule = rules.of(entry.line)
        context = {
            **framed(host, visitor, work, entry if entry.is_catalogue else above[-1] if above else None),
            "entry": entry,
            "above": above,
            "writes": role >= AccessRole.AUTHOR,
            "holds": _in_words(visitor, rule),
            "decided_by": _decided_by(host, visitor, work, entry, rule),
            "gone": _moment(None if entry.is_catalogue else gone_on(entry, rule)),
            "typed": form,
            "ways": _ways(visitor, rules, entry, kinds),
            "kinds": [
                ("", visitor.say("Välj")),
                *((str(kind.id), _kind_label(visitor, kind)) for kind in kinds.values()),
            ],
            "faults": visitor.say_all(form.faults) if form else {},
            "warned": _warned(visitor, form.lowered) if form and form.lowered else "",
            "hint": visitor.say(HINT),
            "confirm": visitor.say(BUTTON),
            "said": visitor.say(SAVED) if saved else "",
            "own": f"{PATH}/{entry.id}",
        }
    status = 422 if form and form.faults else 200
    return plugin_page(visitor, "files/retention/retention.html", context, folder="files", status=status)


def _ways(
    visitor: Visitor, rules: Rules, catalogue: Entry, kinds: Mapping[UUID, Kind]
) -> list[tuple[str, str, str | None]]:
    above = _in_words(visitor, rules.of(catalogue.path))
    text = visitor.say("Som katalogen ovanför") if catalogue.path else visitor.say("Som organisationen")
    ways: list[tuple[str, str, str | None]] = [(ABOVE, text, above), (DAYS, visitor.say("Ett eget antal dagar"), None)]
    if kinds:
        ways.append((KIND, visitor.say("Enligt en handlingstyp i hanteringsplanen"), None))
    return ways


def _in_words(visitor: Visitor, rule: Rule) -> str:
    if rule.is_kind_lost:
        return visitor.say("Handlingstypen finns inte längre i hanteringsplanen, så inget gallras.")
    if rule.kind is not None:
        return _kind_label(visitor, rule.kind)
    return _days(visitor, rule.days)


def _days(visitor: Visitor, days: int | None) -> str:
    return visitor.say("Gallras efter {days} dagar.", days=days) if days else visitor.say("Gallras inte.")


def _kind_label(visitor: Visitor, kind: Kind) -> str:
    return f"{kind.label}: {_days(visitor, kind.days)}"


def _decided_by(host: Host, visitor: Visitor, work: Work, entry: Entry, rule: Rule) -> str:
    if rule.catalogue_id is None:
        return visitor.say("Organisationen")
    if rule.catalogue_id == entry.id:
        return visitor.say("Den här katalogen")
    catalogues = find_entries(host, work, [rule.catalogue_id])
    reached = [each.name for each in catalogues if rights.role_in(host, work, each) is not None]
    return reached[0] if reached else visitor.say("En katalog ovanför")


def _warned(visitor: Visitor, lowered: Lowered) -> str:
    return visitor.say(WARNING, day=lowered.before.isoformat(), count=lowered.count)


def _moment(day: date | None) -> Any:
    return day_begins(day) if day else None
