"""Sharing with someone without an account: the page with the form, reached from the tab Delningar."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, Invalid, Loa, Work, as_uuid
from budkavle.accounts import read_settings
from budkavle.organisation import read_day
from budkavle.web import Form, Visitor, guest_methods, plugin_page
from budkavle_files.guests.guest_shares import GuestDetails, GuestTerms, share_with_guest
from budkavle_files.pages.rail import framed
from budkavle_files.tree import rights
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import ROLE_NAMES, AccessRole, Entry
from budkavle_files.views import breadcrumbs

PATH = "/plugin/files/guests"
LOCAL = ZoneInfo("Europe/Stockholm")
USUAL = timedelta(days=30)
N_ = str
"""Marks a sentence for the translations."""
FRESH = N_("Visa vem du är, innan du delar med någon utan konto.")
LEVELS = {
    "1": N_("Tillitsnivå 1: länken i mejlet räcker"),
    "2": N_("Tillitsnivå 2: kod eller legitimation"),
    "3": N_("Tillitsnivå 3: e-legitimation, jämförd med personnumret"),
}
ROLES = {"reader": AccessRole.READER, "author": AccessRole.AUTHOR}
MEANINGS = {
    AccessRole.READER: N_("Läser och laddar ner."),
    AccessRole.AUTHOR: N_("Skriver också i anteckningar, och lägger till och ersätter filer."),
}
LANGUAGES = {"sv": "Svenska", "en": "English"}


def router(host: Host) -> Router:
    """Return the routes."""

    @get("/{entry_id:uuid}", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID]) -> Response[str]:
        """Ask for the guest's details, role and level."""
        visitor.require_fresh(FRESH)
        return _page(host, visitor, entry_id)

    @post("/{entry_id:uuid}", sync_to_thread=True, status_code=200)
    def share(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[Any]:
        """Share, and send the link."""
        visitor.require_fresh(FRESH)
        try:
            with visitor.work() as work:
                share_with_guest(host, work, entry_id, *_read(form), once=as_uuid(form.get("once")))
        except Invalid as error:
            return _page(host, visitor, entry_id, form, error.fields)
        return Redirect(f"/plugin/files/e/{entry_id}?tab=shares&done=shared", status_code=303)

    return Router(PATH, route_handlers=[ask, share])


def piece(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any] | None:
    """Return the context for the tab Delningar, below its form."""
    del visitor
    if role < AccessRole.ADMINISTRATOR or not read_settings(work, FileSettings).guests:
        return None
    return {"url": f"{PATH}/{entry.id}"}


def _read(form: Form) -> tuple[GuestDetails, GuestTerms]:
    """Return the guest's details and terms as typed.

    Raises:
        Invalid: Something is not among the choices, or the day cannot be read.
    """
    names = ("name", "email", "method", "phone", "personnummer", "language")
    typed = {name: form.get(name) for name in names}
    typed["language"] = typed["language"] or "sv"
    day = read_day(form.get("until"))
    judged = {
        "role": (form.get("role") in ROLES, N_("En gäst kan vara läsare eller författare.")),
        "until": (day is not None, N_("Skriv dagen som ÅÅÅÅ-MM-DD.")),
        "loa": (form.get("loa") in LEVELS, N_("Välj en tillitsnivå.")),
        "language": (typed["language"] in LANGUAGES, N_("Välj ett språk ur listan.")),
    }
    faults = {name: sentence for name, (fits, sentence) in judged.items() if not fits}
    if faults or day is None:
        raise Invalid("Det gick inte att dela.", fields=faults)
    until = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    return GuestDetails(**typed), GuestTerms(ROLES[form.get("role")], Loa(int(form.get("loa"))), until)


def _page(
    host: Host,
    visitor: Visitor,
    entry_id: UUID,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    with visitor.work() as work:
        entry = rights.require(host, work, entry_id, AccessRole.ADMINISTRATOR)
        above = breadcrumbs(host, work, entry)
        ways = guest_methods(work, Loa(max(entry.level, Loa.ONE)))
        frame = framed(host, visitor, work, entry if entry.is_catalogue else above[-1] if above else None)
    fault = visitor.say_all(faults)
    least = max(entry.level, int(Loa.ONE))
    last = (datetime.now(LOCAL) + USUAL).date().isoformat()
    usual = {"loa": str(max(least, 2)), "role": "reader", "language": "sv", "until": last}
    names = ("name", "email", "role", "until", "loa", "method", "phone", "personnummer", "language")
    context = {
        **frame,
        "entry": entry,
        "above": above,
        "typed": {name: form.get(name) if form else usual.get(name, "") for name in names}
        | {"once": form.get("once") if form else str(uuid4())},
        "roles": [(name, visitor.say(ROLE_NAMES[role]), visitor.say(MEANINGS[role])) for name, role in ROLES.items()],
        "levels": [(key, visitor.say(text)) for key, text in LEVELS.items() if int(key) >= least],
        "ways": [("", visitor.say("Alla sätt som når nivån")), *((way.name, visitor.say(way.label)) for way in ways)],
        "guest_languages": list(LANGUAGES.items()),
        "fault": fault,
        "faults": list(fault.items()),
        "faulty": bool(fault),
        "own": f"{PATH}/{entry.id}",
        "back": f"/plugin/files/e/{entry.id}?tab=shares",
    }
    return plugin_page(visitor, "files/guests/share.html", context, folder="files", status=422 if fault else 200)
