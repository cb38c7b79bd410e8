"""Sharing with someone without an account: the page with the form, reached from the tab Delningar."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, Invalid, Loa, Work
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
                share_with_guest(host, work, entry_id, _details(form), _terms(form))
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


def _details(form: Form) -> GuestDetails:
    names = ("name", "email", "method", "phone", "personnummer", "language")
    typed = {name: form.get(name) for name in names}
    return GuestDetails(**typed | {"language": typed["language"] if typed["language"] in LANGUAGES else "sv"})


def _terms(form: Form) -> GuestTerms:
    role = AccessRole.AUTHOR if form.get("role") == "author" else AccessRole.READER
    loa = Loa(int(form.get("loa"))) if form.get("loa") in LEVELS else Loa.THREE
    day = read_day(form.get("until"))
    if day is None:
        raise Invalid("Det gick inte att dela.", fields={"until": "Skriv dagen som ÅÅÅÅ-MM-DD."})
    return GuestTerms(role, loa, datetime.combine(day + timedelta(days=1), time(), LOCAL))


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
        | ({} if form else {"until": last}),
        "roles": [
            ("reader", visitor.say(ROLE_NAMES[AccessRole.READER]), visitor.say("Läser och laddar ner.")),
            (
                "author",
                visitor.say(ROLE_NAMES[AccessRole.AUTHOR]),
                visitor.say("Skriver också i anteckningar, och lägger till och ersätter filer."),
            ),
        ],
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
