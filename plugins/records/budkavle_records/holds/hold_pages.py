"""The pages of legal holds: those in force, those that have ended, creating one and ending one."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import ActorScope, Host, Invalid, Work, as_uuid
from budkavle.accounts import all_mailboxes, require_admin
from budkavle.cases import CaseTimes, find_case_times, find_cases_by_number
from budkavle.organisation import read_day
from budkavle.web import Form, Visitor, require_authority
from budkavle_records.frame import N_, PATH, SHOWN, numbered, records_page
from budkavle_records.holds.legal_holds import (
    LegalHold,
    NewHold,
    Selection,
    add_hold,
    count_holds,
    end_hold,
    find_hold,
    find_matching_cases,
    held_case_ids,
    list_holds,
    word_faults,
)
from budkavle_records.schedule.kinds import list_kinds

HOLDS = f"{PATH}/holds"
TAB = "holds"
FIELDS = ("name", "reason", "numbers", "words", "mailbox", "kind", "since", "until", "ends_on")
SAID = {
    "made": N_("Gallringsstoppet gäller nu."),
    "ended": N_("Gallringsstoppet är avslutat."),
}
AGAIN = N_("Visa vem du är, innan du ändrar vad som får gallras.")


def router(host: Host) -> Router:
    """Return the routes."""
    return Router("", route_handlers=[*_reading(host), *_changing(host)])


def _reading(host: Host) -> list[Any]:
    @get(HOLDS, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        ended: FromQuery[str] = "",
        page: FromQuery[int] = 1,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the holds in force, or those that have ended."""
        require_admin(visitor.actor)
        return _list_page(host, visitor, bool(ended), min(max(1, page), 10_000), said)

    @get(f"{HOLDS}/new", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the form for a new hold."""
        require_authority(visitor, AGAIN)
        return _new_page(host, visitor)

    @get(f"{HOLDS}/{{hold_id:uuid}}", sync_to_thread=True)
    def one(visitor: NamedDependency[Visitor], hold_id: FromPath[UUID]) -> Response[str]:
        """Show a hold, and the form that ends it."""
        require_admin(visitor.actor)
        return _hold_page(host, visitor, hold_id)

    return [show, ask, one]


def _changing(host: Host) -> list[Any]:
    @post(f"{HOLDS}/new", sync_to_thread=True)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a hold; if cases are found by search words, show them first."""
        require_authority(visitor, AGAIN)
        try:
            if form.get("words") and not form.get("shown"):
                return _preview_page(host, visitor, form, _searched(host, visitor, form))
            with host.work(visitor.actor) as work:
                add_hold(host, work, _typed(work, form))
        except Invalid as error:
            return _new_page(host, visitor, form, error.fields)
        return Redirect(f"{HOLDS}?said=made", status_code=303)

    @post(f"{HOLDS}/{{hold_id:uuid}}/end", sync_to_thread=True)
    def end(visitor: NamedDependency[Visitor], form: NamedDependency[Form], hold_id: FromPath[UUID]) -> Response[Any]:
        """End a hold, with a reason."""
        require_authority(visitor, AGAIN)
        try:
            with host.work(visitor.actor) as work:
                end_hold(host, work, hold_id, form.get("reason"))
        except Invalid as error:
            return _hold_page(host, visitor, hold_id, form, error.fields)
        return Redirect(f"{HOLDS}?said=ended", status_code=303)

    return [add, end]


def _searched(host: Host, visitor: Visitor, form: Form) -> list[CaseTimes]:
    """Return the cases that contain the words and match the rest of the form, after checking the form."""
    faults: dict[str, str] = {}
    days = {name: _day(form.get(name), name, faults) for name in ("since", "until", "ends_on")}
    if form.get("numbers"):
        faults["numbers"] = N_("Skriv antingen ärendenummer eller sökord.")
    faults = word_faults(form.get("name"), form.get("reason"), days["ends_on"]) | faults
    if faults:
        raise Invalid("Gallringsstoppet kunde inte sparas.", fields=faults)
    selection = Selection(as_uuid(form.get("mailbox")), as_uuid(form.get("kind")), days["since"], days["until"])
    with host.work(visitor.actor) as work:
        cases = find_matching_cases(host, work, form.get("words"), selection)
    if not cases:  # raised after the search has been recorded in the event log
        raise Invalid("Gallringsstoppet kunde inte sparas.", fields={"words": N_("Inget ärende har orden.")})
    return cases


def _typed(work: Work, form: Form) -> NewHold:
    """Read the form: ticked cases or case numbers select cases one by one, anything else is a selection."""
    faults: dict[str, str] = {}
    days = {name: _day(form.get(name), name, faults) for name in ("since", "until", "ends_on")}
    if form.get("shown"):
        ticked = [case_id for value in form.all("cases") if (case_id := as_uuid(value))]
        return NewHold(form.get("name"), form.get("reason"), ticked, None, days["ends_on"])
    numbers = form.get("numbers").replace(",", " ").split()
    cases = find_cases_by_number(work, numbers) if numbers else {}
    missing = [number for number in numbers if number not in cases]
    if missing:
        faults["numbers"] = N_("Ett av numren är inget ärende.")
    selection = Selection(as_uuid(form.get("mailbox")), as_uuid(form.get("kind")), days["since"], days["until"])
    if numbers and selection != Selection():
        faults["numbers"] = N_("Skriv antingen ärendenummer eller ett urval.")
    faults = faults and word_faults(form.get("name"), form.get("reason"), days["ends_on"]) | faults
    if faults:
        raise Invalid("Gallringsstoppet kunde inte sparas.", fields=faults)
    ids = [case_id for case_ids in cases.values() for case_id in case_ids]
    words = form.get("name"), form.get("reason")
    return NewHold(*words, ids, None if numbers else selection, days["ends_on"])


def _day(text: str, name: str, faults: dict[str, str]) -> date | None:
    day = read_day(text)
    if text and day is None:
        faults[name] = N_("Skriv dagen som 2026-03-01.")
    return day


def _list_page(host: Host, visitor: Visitor, ended: bool, page: int, said: str) -> Response[str]:
    with host.work(visitor.actor) as work:
        rows = list_holds(host, work, ended=ended, offset=(page - 1) * SHOWN)
        total = count_holds(host, work, ended=ended)
    context = {
        "path": HOLDS,
        "ended": ended,
        "holds": rows,
        "paging": numbered(total, page, f"{HOLDS}?ended={'1' if ended else ''}"),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return records_page(visitor, "holds.html", TAB, context)


def _new_page(
    host: Host, visitor: Visitor, form: Form | None = None, faults: Mapping[str, str] | None = None
) -> Response[str]:
    mailboxes, kinds = _choices(host, visitor)
    field_faults = visitor.say_all(faults)
    context = {
        "path": HOLDS,
        "mailboxes": [("", visitor.say("Vilken som helst")), *mailboxes.items()],
        "kinds": [("", visitor.say("Vilken som helst")), *kinds.items()],
        "typed": {name: form.get(name) if form else "" for name in FIELDS},
        "fault": field_faults,
        "faults": list(field_faults.items()),
    }
    return records_page(visitor, "hold_new.html", TAB, context, 422 if field_faults else 200)


def _preview_page(host: Host, visitor: Visitor, form: Form, cases: list[CaseTimes]) -> Response[str]:
    mailboxes, _ = _choices(host, visitor)
    context = {
        "path": HOLDS,
        "cases": [(case, mailboxes.get(str(case.mailbox_id), "–")) for case in cases],
        "typed": {name: form.get(name) for name in FIELDS},
    }
    return records_page(visitor, "hold_preview.html", TAB, context)


def _hold_page(
    host: Host,
    visitor: Visitor,
    hold_id: UUID,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    mailboxes, kinds = _choices(host, visitor)
    with host.work(visitor.actor) as work:
        hold = find_hold(host, work, hold_id)
        times = find_case_times(work, held_case_ids(host, work, hold_id)).values()
    field_faults = visitor.say_all(faults)
    context = {
        "path": HOLDS,
        "hold": hold,
        "about": _about(visitor, hold, mailboxes, kinds),
        "numbers": sorted(each.number for each in times),
        "typed": form.get("reason") if form else "",
        "fault": field_faults,
        "faults": list(field_faults.items()),
    }
    return records_page(visitor, "hold.html", TAB, context, 422 if field_faults else 200)


def _choices(host: Host, visitor: Visitor) -> tuple[dict[str, str], dict[str, str]]:
    with host.work(host.system(visitor.actor.organisation_id, ActorScope.READ)) as work:
        mailboxes = {str(mailbox.id): mailbox.name for mailbox in all_mailboxes(work)}
        kinds = {str(kind.id): kind.label for kind in list_kinds(host, work)}
    return mailboxes, kinds


def _about(
    visitor: Visitor, hold: LegalHold, mailboxes: Mapping[str, str], kinds: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the conditions of a selection as terms and texts."""
    chosen = hold.selection
    if chosen is None:
        return []
    rows = [
        (visitor.say("Brevlåda"), mailboxes.get(str(chosen.mailbox_id), "–") if chosen.mailbox_id else ""),
        (visitor.say("Handlingstyp"), kinds.get(str(chosen.kind_id), "–") if chosen.kind_id else ""),
        (visitor.say("Något hände tidigast"), chosen.since.isoformat() if chosen.since else ""),
        (visitor.say("Öppnat senast"), chosen.until.isoformat() if chosen.until else ""),
    ]
    return [(term, text) for term, text in rows if text]
